"""Seals values of a tenant with the tenant's newest data key, and opens them with the one that sealed them."""

import time
from functools import lru_cache

from mailhub.lib import crypto
from mailhub.lib.crypto import SealBroken
from mailhub.tenancy.keyring import platform_keyring
from mailhub.tenancy.models import DataKey, Tenant

# The key that a tenant was created with has no row of its own.
FIRST_KEY_ID = "tenant"
# For so long a process may go on sealing with a key after a rotation has made a newer one.
NEWEST_KEY_SECONDS = 30


def seal(tenant_id: int, plaintext: bytes, *, place: str) -> bytes:
    """Encrypt for one place of one tenant; `place` names table, row and field."""
    key_id = newest_key_id(tenant_id)
    return crypto.seal(plaintext, key_id=key_id, key=_data_key(tenant_id, key_id), place=f"{tenant_id}|{place}")


def unseal(tenant_id: int, sealed: bytes, *, place: str) -> bytes:
    """Decrypt; raise SealBroken when the value was sealed for another tenant, row or field (SECURITY B109)."""
    key_id = crypto.key_id_of(sealed)
    return crypto.unseal(sealed, keys={key_id: _data_key(tenant_id, key_id)}, place=f"{tenant_id}|{place}")


def newest_key_id(tenant_id: int) -> str:
    """Return the id of the data key that seals, as it was within the last NEWEST_KEY_SECONDS."""
    return _newest_key_id(tenant_id, int(time.monotonic() // NEWEST_KEY_SECONDS))


def forget_keys() -> None:
    """Forget every opened key of this process, as after a change of the platform's keys."""
    _data_key.cache_clear()
    _newest_key_id.cache_clear()


@lru_cache(maxsize=4096)
def _newest_key_id(tenant_id: int, _period: int) -> str:
    newest = DataKey.objects.filter(tenant_id=tenant_id).order_by("-pk").values_list("key_id", flat=True).first()
    return newest or FIRST_KEY_ID


@lru_cache(maxsize=4096)
def _data_key(tenant_id: int, key_id: str) -> bytes:
    """Return a data key, unwrapped once per process: a key never changes under its id."""
    if key_id == FIRST_KEY_ID:
        tenant = Tenant.objects.only("public_id", "wrapped_key").get(pk=tenant_id)
        return platform_keyring().unwrap(bytes(tenant.wrapped_key), place=tenant.key_place)
    row = DataKey.objects.select_related("tenant").filter(tenant_id=tenant_id, key_id=key_id).first()
    if row is None:
        raise SealBroken(f"This account has no data key {key_id!r}.")
    return platform_keyring().unwrap(bytes(row.wrapped_key), place=row.key_place)
