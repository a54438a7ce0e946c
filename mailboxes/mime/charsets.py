"""From bytes to text, whatever the mail says its charset is."""

import re
from collections.abc import Iterable

from mailboxes.mime.charset_guessing import guess
from mailboxes.mime.charset_names import codec_of
from mailboxes.mime.japanese import decode_iso2022

__all__ = ["DEFECT_UNKNOWN_CHARSET", "codec_of", "decode", "decode_header_bytes", "shared_charset"]

DEFECT_UNKNOWN_CHARSET = "unknown_charset"


def decode(raw: bytes, charset: str, *hints: str) -> str:
    """Return the text of a body in `charset`; a byte that has no meaning there becomes U+FFFD.

    Without a usable charset it is UTF-8 if it can be, else in the first of the charsets in `hints` that fits, else in
    what the bytes look most like. UTF-8 under another name is still read as UTF-8.
    """
    if not raw:
        return ""
    codec = codec_of(charset)
    if raw.isascii() and codec not in _NOT_ASCII_COMPATIBLE:
        text = decode_iso2022(raw) if b"\x1b" in raw and _ISO2022.search(raw) else raw.decode("ascii")
        return text.replace("\x00", "") if "\x00" in text else text
    if codec is None or codec == "ascii":
        return _scrubbed(_guessed(raw, hints))
    return _scrubbed(_in_codec(raw, codec, hints))


def decode_header_bytes(raw: bytes, *hints: str) -> str:
    """Return a header value that may hold bare 8-bit text: UTF-8, else the charset of the body, else a guess."""
    if raw.isascii():
        return decode_iso2022(raw) if b"\x1b" in raw and _ISO2022.search(raw) else raw.decode("ascii")
    return _guessed(raw, hints)


def shared_charset(values: Iterable[bytes]) -> tuple[str, ...]:
    """Return what bare 8-bit values are probably written in, as a hint: together they tell more than a single name."""
    bare = [value for value in values if not value.isascii() and not _is_utf8(value)]
    return (guess(b" ".join(bare)),) if len(bare) > 1 else ()


def _in_codec(raw: bytes, codec: str, hints: tuple[str, ...]) -> str:
    if codec == "utf-8":
        return _almost_utf8(raw, hints)
    if codec in _JAPANESE_ISO2022:
        return decode_iso2022(raw) if raw.isascii() else _guessed(raw, ("shift_jis", "euc-jp"), or_else="cp932")
    if codec in _WIDE:
        return _wide(raw, codec)
    if not raw.isascii() and _is_rather_utf8(raw, codec):
        return raw.decode("utf-8")
    text = _first_that_fits(raw, (codec, *_RELATED.get(codec, ())))
    if codec.startswith("iso8859") and _C1.search(text):
        # No sender means control characters; Windows has its quotes and dashes there.
        text = _C1.sub(lambda match: match[0].encode("latin-1").decode("cp1252", "replace"), text)
    return text


def _guessed(raw: bytes, hints: tuple[str, ...], or_else: str = "") -> str:
    for mark, codec in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw.decode(codec, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for hint in hints:
        codec_hinted = codec_of(hint)
        if codec_hinted is None or codec_hinted in _SAY_NOTHING:
            continue
        for codec in (codec_hinted, *_RELATED.get(codec_hinted, ())):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
    if _utf8_share(raw) > _MOSTLY:
        return raw.decode("utf-8", "replace")
    return raw.decode(or_else or guess(raw), "replace")


def _almost_utf8(raw: bytes, hints: tuple[str, ...]) -> str:
    """Return the text of what is called UTF-8: it is, or is damaged, or is something else."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if _utf8_share(raw) > _MOSTLY or not _IN_A_WORD.search(raw):
        return raw.decode("utf-8", "replace")
    return _guessed(raw, hints)


def _utf8_share(raw: bytes) -> float:
    """Return which part of the bytes above 127 stands in sound UTF-8 sequences."""
    high_count = len(raw.translate(None, _ASCII))
    sound_count = sum(len(match) for match in _UTF8_SEQUENCE.findall(raw))
    return sound_count / high_count if high_count else 1.0


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_rather_utf8(raw: bytes, codec: str) -> bool:
    """True for UTF-8 that goes under another name, as long as chance is no likely explanation."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if codec in _TWO_OCTETS:
        return len(_NOT_ASCII.findall(text)) >= _SURE_COUNT
    return True


def _wide(raw: bytes, codec: str) -> str:
    """Decode UTF-16 and UTF-32; without a byte order mark big-endian (RFC 2781 §4.3) unless the zeros say otherwise."""
    if b"\x00" not in raw[:_SAMPLE] and raw.isascii():
        return raw.decode("ascii")
    if codec == "utf-16" and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        sample = raw[:_SAMPLE]
        codec = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    return raw.decode(codec, "replace")


def _first_that_fits(raw: bytes, codecs: tuple[str, ...]) -> str:
    for codec in codecs:
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode(codecs[0], "replace")


def _scrubbed(text: str) -> str:
    """Without what PostgreSQL or UTF-8 cannot hold: NUL, and the lone surrogates that UTF-7 can spell."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


_SAMPLE = 16 * 1024
_ASCII = bytes(range(128))
_MOSTLY = 0.75
_SURE_COUNT = 4
_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_JAPANESE_ISO2022 = frozenset({"iso2022_jp_ext", "iso2022_jp_2"})
_NOT_ASCII_COMPATIBLE = _WIDE | _JAPANESE_ISO2022 | {"utf-7", "hz", "iso2022_kr"}
# As a hint for other bytes they are none.
_SAY_NOTHING = _NOT_ASCII_COMPATIBLE | {"ascii", "utf-8", "cp1252"}
_TWO_OCTETS = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp", "johab"})
# What else a sender may have meant, tried in this order.
_RELATED = {
    "big5hkscs": ("cp950", "gb18030"),
    "cp932": ("shift_jis_2004",),
    "euc_jp": ("euc_jis_2004",),
    "cp949": ("johab",),
    "gb18030": ("big5hkscs",),
}
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ISO2022 = re.compile(rb"\x1b(?:\$[@AB]|\$\([A-Z]|\(I)")
_C1 = re.compile("[\x80-\x9f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# 0xFF is a letter in too few languages to count as one.
_IN_A_WORD = re.compile(rb"[\x80-\xfe]")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}",
)
