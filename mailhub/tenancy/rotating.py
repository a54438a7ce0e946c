"""Rotation of the platform's key: data keys are wrapped anew, and nothing that they sealed has to be touched."""

from django.db import transaction

from mailhub.lib import crypto
from mailhub.tenancy.keyring import platform_keyring
from mailhub.tenancy.models import Tenant


def rewrap_all() -> int:
    """Wrap every data key that an older platform key wraps with the current one; return how many."""
    keyring = platform_keyring()
    rewrapped = 0
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with transaction.atomic():
            tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
            wrapped = bytes(tenant.wrapped_key)
            if crypto.key_id_of(wrapped) == keyring.current_id:
                continue
            data_key = keyring.unwrap(wrapped, place=tenant.key_place)
            tenant.wrapped_key = keyring.wrap(data_key, place=tenant.key_place)
            tenant.save(update_fields=["wrapped_key"])
            rewrapped += 1
    return rewrapped
