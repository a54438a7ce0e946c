"""Which codec a sender means by the name of a charset (RFC 2978, and what is written instead)."""

import codecs
import re
from functools import lru_cache


@lru_cache(maxsize=512)
def codec_of(charset: str) -> str | None:
    """Return the name of Python's codec for a MIME charset; None if there is none that yields text.

    Where a charset has a superset that senders mean, that one is returned, as in the WHATWG Encoding Standard.
    """
    name = _bare(charset)
    if not _CHARSET_NAME.fullmatch(name):
        return None
    for candidate in (name, *_rewritten(name)):
        try:
            codec = codecs.lookup(_ALIASES.get(candidate, candidate)).name
        except LookupError:
            continue
        # Not every codec is a charset: zip and base64 are transformations, idna and punycode take quadratic time.
        if _TEXT_CODEC.fullmatch(codec):
            return _SUPERSETS.get(codec, codec)
    return None


def _bare(charset: str) -> str:
    """Return the name without quotes, comments and what else stands around it."""
    text = charset.strip(" \t\"'<>=;,").lower().removeprefix("charset=")
    return re.split(r"[\s\"';,()$\\]", text.lstrip("\"'"), maxsplit=1)[0].strip("\"'._-")


def _rewritten(name: str) -> list[str]:
    """Return the spellings of a name that Python may know it by."""
    shorter = _PREFIXES.sub("", name)
    rewritten = [shorter, shorter.replace("_", "-")]
    for pattern, replacement in _SPELLINGS:
        if pattern.fullmatch(shorter):
            rewritten.append(pattern.sub(replacement, shorter))
    return rewritten


_PREFIXES = re.compile(r"\A(?:x-|cs|_)+")
_CHARSET_NAME = re.compile(r"[a-z0-9_][a-z0-9._:+-]{0,59}")
_TEXT_CODEC = re.compile(
    r"ascii|utf-(?:7|8|8-sig|16(?:-[bl]e)?|32(?:-[bl]e)?)|iso8859-\d+|cp(?:125\d|437|7\d\d|8\d\d|9\d\d)|koi8-[rtu]|"
    r"gb2312|gbk|gb18030|hz|big5|big5hkscs|shift_jis(?:_2004|x0213)?|euc_(?:jp|jis_2004|jisx0213|kr)|"
    r"iso2022_(?:jp(?:_\w+)?|kr)|johab|tis-620|ptcp154|mac-\w+|hp-roman8|kz1048"
)
_SPELLINGS = (
    (re.compile(r"(?:ms-?)?(?:windows|win|cp|ms|ibm|dos)[-_ .]*(\d{3,5})(?:[-_].*)?"), r"cp\1"),
    (re.compile(r"(?:ansi|microsoft)[-_ ]?(125\d)"), r"cp\1"),
    (re.compile(r"(?:iso)?[-_ ]?8859[-_ ]?(\d{1,2})(?:[-_:].*)?"), r"iso8859-\1"),
    (re.compile(r"latin[-_ ]?(\d{1,2})"), r"latin\1"),
    (re.compile(r"(?:unicode[-_ 0-9.]*)?utf[-_ ]*8(?:[-_].*)?"), "utf-8"),
    (re.compile(r"(?:unicode[-_ 0-9.]*)?utf[-_ ]*7"), "utf-7"),
    (re.compile(r"utf[-_ ]*16[-_ ]?([bl]e)?"), r"utf-16\1"),
    (re.compile(r"ucs-?2|iso-10646-ucs-2|utf-?16.*"), "utf-16"),
    (re.compile(r"koi8?|koi-?8-?r.*"), "koi8-r"),
    (re.compile(r"koi8-?(?:u|ru|uni)"), "koi8-u"),
    (re.compile(r"mac-?(\w+)"), r"mac-\1"),
    (re.compile(r"(?:iso|is)[-_]?2022[-_]?jp.*|cp5022\d|jis(?:[-_]?7)?"), "iso2022_jp_ext"),
    (re.compile(r"(?:iso)[-_]?2022[-_]?kr.*"), "iso2022_kr"),
    (re.compile(r"s(?:hift)?[-_ ]?jis(?:[-_].*)?|ms_kanji|mskanji|cp943.*"), "cp932"),
    (re.compile(r"euc[-_ ]?jp.*|cp51932|ujis|eucjp.*"), "euc_jp"),
    (re.compile(r"euc[-_ ]?kr.*|uhc|ks_?c_?5601.*|cp51949|korean|ksc5601.*|cp949.*"), "cp949"),
    (re.compile(r"gb[-_ ]?(?:2312|18030|k|13000).*|chinese|euc[-_]?(?:cn|gb.*)|cp936.*|hz-gb.*"), "gb18030"),
    (re.compile(r"big-?5.*|cp950.*|zh-?tw-big5"), "big5hkscs"),
    (re.compile(r"tis[-_ ]?620.*|iso-?8859-?11.*|cp874.*|thai"), "cp874"),
    (re.compile(r"(?:us[-_ ]?)?ascii.*|ansi[-_]?x3.*|646|iso646.*"), "ascii"),
)
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "iso2022_jp_3": "iso2022_jp_ext",
    "iso2022_jp_2004": "iso2022_jp_ext",
    "utf-8-sig": "utf-8",
}
# What no rule rewrites, or a rule would rewrite wrongly.
_ALIASES = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "hz-gb-2312": "hz",
    "hz": "hz",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "cp65001": "utf-8",
    "65001": "utf-8",
    "cp-850": "cp850",
    "unicode-1-1-utf-7": "utf-7",
    "cp65000": "utf-7",
    "unicode": "utf-16",
    "unicodefffe": "utf-16-be",
    "cp1200": "utf-16-le",
    "cp1201": "utf-16-be",
    "macintosh": "mac-roman",
    "macroman": "mac-roman",
    "mac-ce": "mac-latin2",
    "mac-centraleurroman": "mac-latin2",
    "mac-ukrainian": "mac-cyrillic",
    "ansi": "cp1252",
    "windows": "cp1252",
    "windows-31j": "cp932",
    "8bit": "ascii",
    "latin": "cp1252",
    "western": "cp1252",
    "iso-ir-100": "cp1252",
    "cp28591": "cp1252",
    "cp28592": "iso8859-2",
    "cp28595": "iso8859-5",
    "cp28597": "iso8859-7",
    "cp28605": "iso8859-15",
    "cp20866": "koi8-r",
    "cp21866": "koi8-u",
    "cp20127": "ascii",
    "cp54936": "gb18030",
    "cp52936": "hz",
    "cp10000": "mac-roman",
    "cp20932": "euc_jp",
    "cp1361": "johab",
}
