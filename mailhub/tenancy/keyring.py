"""Keys: the platform's keys wrap one data key per tenant (SPEC T9, M19)."""

import base64
import binascii
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mailhub.lib import crypto


@dataclass(frozen=True)
class PlatformKeyring:
    """The platform's keys by id; the current one wraps, all unwrap."""

    current_id: str
    keys: dict[str, bytes]

    def wrap(self, data_key: bytes, *, place: str) -> bytes:
        return crypto.seal(data_key, key_id=self.current_id, key=self.keys[self.current_id], place=place)

    def unwrap(self, wrapped: bytes, *, place: str) -> bytes:
        """Raise SealBroken when the key that wrapped it is gone."""
        return crypto.unseal(wrapped, keys=self.keys, place=place)


def platform_keyring() -> PlatformKeyring:
    """Return the keyring of MAILHUB_KEYS; raise ImproperlyConfigured when a key is not 32 bytes in base64."""
    return _keyring(tuple(settings.MAILHUB_KEYS.items()))


@lru_cache(maxsize=4)
def _keyring(items: tuple[tuple[str, str], ...]) -> PlatformKeyring:
    return PlatformKeyring(current_id=items[0][0], keys={key_id: _decode(key_id, text) for key_id, text in items})


def _decode(key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"MAILHUB_KEYS: the key {key_id!r} is not base64.") from error
    if len(key) != crypto.KEY_BYTES:
        raise ImproperlyConfigured(
            f"MAILHUB_KEYS: the key {key_id!r} has {len(key)} bytes; it needs {crypto.KEY_BYTES}."
        )
    return key
