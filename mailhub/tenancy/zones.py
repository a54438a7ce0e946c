"""On whose clock an account's months and days are counted."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from mailhub.tenancy.models import Tenant


def change_zone(tenant: Tenant, time_zone: str, *, now: datetime) -> None:
    """Count on another clock from now on; what upper floors have to do about it is done in the same transaction.

    The scope of the tenant is open. Changing to the zone that the account has changes nothing.
    """
    with transaction.atomic():
        # No foreign key points to the zone, so what is written meanwhile in the account does not wait for this.
        locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        tenant.time_zone = time_zone
        if locked.time_zone == time_zone:
            return
        tenant.save(update_fields=["time_zone"])
        for follow in map(import_string, settings.TENANT_ZONE_CHANGED):
            follow(tenant, now=now)
