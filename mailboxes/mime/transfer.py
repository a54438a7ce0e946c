"""Content-Transfer-Encodings (RFC 2045 §6), read tolerantly: what cannot be decoded is left out, nothing raises."""

import binascii


def decode(body: bytes, encoding: str) -> bytes:
    """Return the bytes of a part; uuencoded and unknown encodings are returned as they are."""
    if encoding == "base64":
        return decode_base64(body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    return body


def decoded_size(body: bytes, encoding: str) -> int:
    """Return `len(decode(body, encoding))`, for base64 by counting."""
    if encoding == "base64":
        return len(_base64_digits(body)) * 3 // 4
    return len(decode(body, encoding))


def decode_base64(body: bytes) -> bytes:
    """Decode all that is base64 in `body`, up to the padding."""
    digits = _base64_digits(body)
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _base64_digits(body: bytes) -> bytes:
    data = body.translate(None, _NOT_BASE64)
    end = data.find(b"=")
    digits = data if end < 0 else data[:end]
    # A single digit beyond a group of four holds no whole octet.
    return digits[:-1] if len(digits) % 4 == 1 else digits


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64)
