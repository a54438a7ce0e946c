"""How often a file with a key asks to hash its password (RFC 7292 §B.2, RFC 8018), read before anyone does it.

A crafted file asks for two thousand million rounds, and the one who waits is the server.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Any

from asn1crypto import keys, pkcs12

from mailboxes.smime.elements import Malformed, check_shape
from mailboxes.smime.reading import as_malformed

# Programs that export keys ask for 2 thousand to 1 million.
MAX_ITERATIONS = 2_000_000


def check_pkcs12(der: bytes) -> None:
    """Raise Malformed when the file is none, or asks for too many rounds where that can be seen."""
    with as_malformed():
        for count in _rounds_of_file(pkcs12.Pfx.load(der)):
            _check(count)


def check_pkcs8(file: bytes) -> None:
    """Raise Malformed when an encrypted private key (PEM or DER) asks for too many rounds; other forms have none."""
    armoured = _ENCRYPTED.search(file)
    if armoured is None and file[:1] != b"0":
        return
    with as_malformed():
        der = check_shape(binascii.a2b_base64(armoured[1]) if armoured else file)
        info = keys.EncryptedPrivateKeyInfo.load(der)
        if armoured or info[0].tag == _SEQUENCE:
            _check(_rounds(info["encryption_algorithm"]))


def _rounds_of_file(file: Any) -> Iterator[int]:
    if file["mac_data"].native is not None:
        yield file["mac_data"]["iterations"].native
    for info in file.authenticated_safe:
        if info["content_type"].native == "encrypted_data":
            yield _rounds(info["content"]["encrypted_content_info"]["content_encryption_algorithm"])
        elif info["content_type"].native == "data":
            yield from _rounds_of_bags(pkcs12.SafeContents.load(info["content"].native))


def _rounds_of_bags(bags: Any) -> Iterator[int]:
    for bag in bags:
        if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
            yield _rounds(bag["bag_value"]["encryption_algorithm"])


def _rounds(algorithm: Any) -> int:
    if algorithm["algorithm"].native == "pbes2" and algorithm.kdf == "scrypt":
        # OpenSSL limits its memory, and with it the time.
        return 0
    return int(algorithm.kdf_iterations)


def _check(count: int) -> None:
    if count > MAX_ITERATIONS:
        raise Malformed("It asks to hash its password too often.")


_SEQUENCE = 16
_ENCRYPTED = re.compile(rb"-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END")
