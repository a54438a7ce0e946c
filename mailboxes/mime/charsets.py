"""From bytes to text, whatever the mail says its charset is."""

import codecs
import re
from functools import lru_cache

import charset_normalizer

DEFECT_UNKNOWN_CHARSET = "unknown_charset"


def decode(raw: bytes, charset: str) -> str:
    """Return the text of a body in `charset`; a byte that has no meaning there becomes U+FFFD.

    Without a usable charset it is UTF-8 if it can be, else what the bytes look most like.
    """
    codec = codec_of(charset)
    # "us-ascii" with bytes above 127 says only that the sender did not think about it.
    if codec is None or (codec == "ascii" and not raw.isascii()):
        return _scrubbed(_guessed(raw))
    return _scrubbed(raw.decode(codec, "replace"))


def decode_header_bytes(raw: bytes, charset_hint: str = "") -> str:
    """Return a header value that may hold bare 8-bit text: UTF-8, else the charset of the body, else Windows-1252."""
    for codec in ("utf-8", codec_of(charset_hint)):
        if codec is not None and codec != "ascii":
            try:
                return raw.decode(codec)
            except UnicodeError:
                continue
    return raw.decode("cp1252", "replace")


@lru_cache(maxsize=512)
def codec_of(charset: str) -> str | None:
    """Return the name of Python's codec for a MIME charset; None if there is none that yields text."""
    name = charset.strip().strip("'\"").lower()
    if not _CHARSET_NAME.fullmatch(name):
        return None
    try:
        codec = codecs.lookup(_ALIASES.get(name, name)).name
    except LookupError:
        return None
    # Not every codec is a charset: zip and base64 are transformations, idna and punycode take quadratic time.
    return codec if _TEXT_CODEC.fullmatch(codec) else None


def _guessed(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    sample = raw[:_SAMPLE]
    if len(sample.translate(None, _ASCII)) < _MIN_EVIDENCE:
        return raw.decode("cp1252", "replace")
    best = charset_normalizer.from_bytes(sample, steps=3, chunk_size=512, cp_isolation=_GUESSES).best()
    codec = codec_of(best.encoding) if best else None
    return raw.decode(codec or "cp1252", "replace")


def _scrubbed(text: str) -> str:
    """Without what PostgreSQL or UTF-8 cannot hold: NUL, and the lone surrogates that UTF-7 can spell."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


_SAMPLE = 16 * 1024
_ASCII = bytes(range(128))
# Fewer bytes above 127 than this say nothing about a charset.
_MIN_EVIDENCE = 12
# What mail without a charset is written in; never EBCDIC, which fits any bytes.
_GUESSES = ["cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1255", "gb18030", "big5", "cp932", "euc_jp", "cp949"]
_CHARSET_NAME = re.compile(r"[a-z0-9][a-z0-9._:-]{0,39}")
_TEXT_CODEC = re.compile(
    r"ascii|utf-(?:7|8|8-sig|16(?:-[bl]e)?|32(?:-[bl]e)?)|iso8859-\d+|cp(?:125\d|437|7\d\d|8\d\d|9\d\d)|koi8-[rtu]|gb2312|gbk|gb18030|hz|big5|big5hkscs|"
    r"shift_jis(?:_2004|x0213)?|euc_(?:jp|jis_2004|jisx0213|kr)|iso2022_(?:jp(?:_\w+)?|kr)|johab|tis-620|ptcp154|"
    r"mac-\w+|hp-roman8|kz1048"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# What senders write, and the superset that they mean (as in the WHATWG Encoding Standard).
_ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "iso-2022-jp": "iso2022_jp_ext",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "cp65001": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode": "utf-16",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "ansi_x3.4-1968": "ascii",
    "ansi": "cp1252",
}
