"""Seals values of a tenant with the tenant's data key."""

from functools import lru_cache

from mailhub.lib import crypto
from mailhub.tenancy.keyring import platform_keyring
from mailhub.tenancy.models import Tenant

_DATA_KEY = "tenant"


def seal(tenant_id: int, plaintext: bytes, *, place: str) -> bytes:
    """Encrypt for one place of one tenant; `place` names table, row and field."""
    return crypto.seal(plaintext, key_id=_DATA_KEY, key=data_key(tenant_id), place=f"{tenant_id}|{place}")


def unseal(tenant_id: int, sealed: bytes, *, place: str) -> bytes:
    """Decrypt; raise SealBroken when the value was sealed for another tenant, row or field (SECURITY B109)."""
    return crypto.unseal(sealed, keys={_DATA_KEY: data_key(tenant_id)}, place=f"{tenant_id}|{place}")


@lru_cache(maxsize=1024)
def data_key(tenant_id: int) -> bytes:
    """Return the tenant's data key, unwrapped once per process; it never changes while the tenant lives."""
    tenant = Tenant.objects.only("public_id", "wrapped_key").get(pk=tenant_id)
    return platform_keyring().unwrap(bytes(tenant.wrapped_key), place=tenant.key_place)
