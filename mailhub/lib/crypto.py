"""Sealing: AES-256-GCM with a key id in front and associated data that ties a sealed value to its place.

A sealed value reads `version (1 byte) | length of key id (1 byte) | key id | nonce (12 bytes) | ciphertext and tag`.
"""

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

KEY_BYTES = 32
_VERSION = 1
_NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value does not open: other key, other place, or changed bytes."""


def new_key() -> bytes:
    """Return a fresh random key of 256 bits."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def seal(plaintext: bytes, *, key_id: str, key: bytes, place: str) -> bytes:
    """Encrypt `plaintext` with `key`, bound to `place` (associated data, SECURITY B109)."""
    name = key_id.encode()
    nonce = os.urandom(_NONCE_BYTES)
    return bytes([_VERSION, len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plaintext, place.encode())


def unseal(sealed: bytes, *, keys: Mapping[str, bytes], place: str) -> bytes:
    """Decrypt what `seal` made; raise SealBroken when no key fits or `place` is another one."""
    key_id, body = _split(sealed)
    key = keys.get(key_id)
    if key is None:
        raise SealBroken(f"The key {key_id!r} that sealed this value is not configured.")
    try:
        return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], place.encode())
    except InvalidTag as error:
        raise SealBroken("The value was sealed for another place or was changed.") from error


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that sealed the value."""
    return _split(sealed)[0]


def seal_alike(plaintext: bytes, *, key: bytes, place: str) -> bytes:
    """Encrypt so that the same gives the same each time (AES-SIV, RFC 5297); for names in links, not for contents.

    `key` has 64 bytes. What comes out is 16 bytes longer.
    """
    return AESSIV(key).encrypt(plaintext, [place.encode()])


def unseal_alike(sealed: bytes, *, key: bytes, place: str) -> bytes:
    """Decrypt what `seal_alike` made; raise SealBroken when it was changed, or made for another place."""
    try:
        return AESSIV(key).decrypt(sealed, [place.encode()])
    except (InvalidTag, ValueError) as error:
        raise SealBroken("The value was sealed for another place or was changed.") from error


def _split(sealed: bytes) -> tuple[str, bytes]:
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + _NONCE_BYTES:
        raise SealBroken("The value is not a sealed one.")
    end = 2 + sealed[1]
    return sealed[2:end].decode(errors="replace"), sealed[end:]
