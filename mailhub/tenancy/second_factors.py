"""Secrets of second factors, sealed with the platform's key: a person may belong to several tenants, or to none."""

import base64
from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from mailhub.lib import crypto
from mailhub.tenancy.keyring import platform_keyring

_PLACE = "second factor"
# What allauth keeps sealed: the key of an authenticator app, and the seed of recovery codes.
_SEALED_NAMES = ("secret", "seed")


def seal(text: str) -> str:
    return base64.b64encode(platform_keyring().wrap(text.encode(), place=_PLACE)).decode()


def unseal(sealed: str) -> str:
    """Raise SealBroken when the platform's key that sealed it is gone."""
    return platform_keyring().unwrap(base64.b64decode(sealed), place=_PLACE).decode()


def reseal_all() -> int:
    """Seal what an older platform key seals with the current one; return how many secrets."""
    return sum(_reseal(pk) for pk in Authenticator.objects.values_list("pk", flat=True))


def _reseal(pk: int) -> int:
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=pk).first()
        older = list(_older(row.data)) if row is not None else []
        if row is None or not older:
            return 0
        for name in older:
            row.data[name] = seal(unseal(row.data[name]))
        row.save(update_fields=["data"])
    return len(older)


def _older(data: dict[str, Any]) -> Iterator[str]:
    for name in _SEALED_NAMES:
        if name in data and crypto.key_id_of(base64.b64decode(data[name])) != platform_keyring().current_id:
            yield name
