"""Content-Transfer-Encodings (RFC 2045 §6), read tolerantly: what cannot be decoded is left out, nothing raises."""

import binascii
import re

from mailboxes.mime import uuencoding

IDENTITY = "7bit"


def encoding_named(value: str) -> str:
    """Return base64, quoted-printable or x-uuencode if the field means one of them, else IDENTITY."""
    named = _NAMED.search(value.lower()) if value else None
    return _ENCODINGS[named.lastindex - 1] if named and named.lastindex else IDENTITY


def decode(body: bytes, encoding: str) -> bytes:
    """Return the octets of a part; an unknown encoding is none."""
    if encoding == "base64":
        return decode_base64(body)
    if encoding == "quoted-printable":
        return decode_quoted_printable(body)
    if encoding == "x-uuencode":
        return uuencoding.decode(body)
    return body


def decoded_size(source: bytes, start: int, end: int, encoding: str) -> int:
    """Return `len(decode(source[start:end], encoding))`; base64 is counted piece by piece, and not decoded."""
    if encoding == IDENTITY:
        return end - start
    padding = source.find(b"=", start, end)
    padding = end if padding < 0 else padding
    is_counted = (
        encoding == "base64" and end - padding <= _SAMPLE and not _is_mixed(source[max(start, end - _SAMPLE) : end])
    )
    if not is_counted or source[padding:end].translate(None, _PADDING):
        return len(decode(source[start:end], encoding))
    digit_count = sum(
        len(source[place : min(place + _PIECE, padding)].translate(None, _NOT_BASE64))
        for place in range(start, padding, _PIECE)
    )
    return (digit_count - (digit_count % 4 == 1)) * 3 // 4


def decode_quoted_printable(body: bytes) -> bytes:
    if b"\r" in body and b"\n" not in body:
        # binascii would drop all behind a soft line break that ends in CR alone.
        body = body.replace(b"\r", b"\n")
    if len(body) <= _MANY_OCTETS and _PADDED_SOFT_BREAK.search(body):
        # Gateways pad lines; the space is not part of the text (§6.7 rule 3).
        body = _PADDED_SOFT_BREAK.sub(b"=", body)
    return binascii.a2b_qp(body)


def decode_base64(body: bytes) -> bytes:
    """Decode all that is base64 in `body`: also several padded pieces in a row, and not a text below them."""
    digits = _without_text_below(body).translate(None, _NOT_BASE64)
    unpadded = digits.rstrip(b"=")
    if b"=" not in unpadded:
        return _decoded_digits(unpadded)
    decoded = bytearray()
    position = 0
    for _piece in range(_MAX_PIECES):
        padding = digits.find(b"=", position)
        if padding < 0:
            break
        decoded += _decoded_digits(digits[position:padding])
        position = padding + 1
    return bytes(decoded + _decoded_digits(digits[position:].partition(b"=")[0]))


def looks_like_base64(body: bytes) -> bool:
    """False for text that only claims to be base64."""
    sample = body[:_SAMPLE].strip()
    foreign = len(sample.translate(None, _BASE64_AND_BREAKS))
    return foreign * _FOREIGN_SHARE <= len(sample)


def _decoded_digits(digits: bytes) -> bytes:
    # A single digit beyond a group of four holds no whole octet.
    whole = digits[:-1] if len(digits) % 4 == 1 else digits
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _without_text_below(body: bytes) -> bytes:
    """Leave out what a mailing list appended: behind a blank line, and not base64."""
    if not _is_mixed(body[-_SAMPLE:]):
        return body
    blank = _BLANK_LINE.search(body, len(body) - len(body.lstrip()))
    if blank is None:
        return body
    below = body[blank.end() :]
    return body[: blank.start()] if below.translate(None, _BASE64_AND_BREAKS) else body


def _is_mixed(body: bytes) -> bool:
    """True if there is something in `body` that is no base64."""
    return bool(body.translate(None, _BASE64_AND_BREAKS))


_ENCODINGS = ("base64", "quoted-printable", "x-uuencode")
_NAMED = re.compile(r"(base-?64)|(quoted[-_ ]?printable)|(\b(?:x-)?uu(?:e|encode|encoded)\b)")
_SAMPLE = 4096
_FOREIGN_SHARE = 20
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BASE64_AND_BREAKS = _BASE64 + b"\r\n"
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64)
_PADDING = b"=\r\n"
_PIECE = 256 * 1024
# A sender that pads every line of the largest mail needs fewer.
_MAX_PIECES = 1_000_000
_MANY_OCTETS = 2 * 1024 * 1024
_PADDED_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_BLANK_LINE = re.compile(rb"\n[ \t\r]*+\n")
