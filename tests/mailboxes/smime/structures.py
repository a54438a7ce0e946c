"""Structures of CMS written by hand, for what openssl does not make."""

from __future__ import annotations

import base64
import zlib

from tests.mailboxes.smime.openssl import mail_of


def opaque(octets: bytes) -> bytes:
    """Return a mail that consists of one structure."""
    header = b"Content-Type: application/pkcs7-mime; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n"
    return mail_of(header + base64.encodebytes(octets))


def compressed_data(entity: bytes) -> bytes:
    """Return compressed-data (RFC 3274 §1.1)."""
    content = der(0x30, _DATA + der(0xA0, der(0x04, zlib.compress(entity, 9))))
    return der(0x30, _COMPRESSED + der(0xA0, der(0x30, b"\x02\x01\x00" + der(0x30, _ZLIB) + content)))


def der(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


_DATA = bytes.fromhex("06092a864886f70d010701")
_COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")
_ZLIB = bytes.fromhex("060b2a864886f70d0109100308")
