"""How the text of a file is encoded: a guess that a person can put right."""

import codecs
import re

from charset_normalizer import from_bytes

# Names of Python's codecs, and what they are called where people choose.
CHOICES = (
    ("utf-8", "Unicode (UTF-8)"),
    ("utf-16", "Unicode (UTF-16)"),
    ("utf-16-le", "Unicode (UTF-16, little-endian without a mark)"),
    ("utf-16-be", "Unicode (UTF-16, big-endian without a mark)"),
    ("cp1252", "Western European (Windows-1252)"),
    ("iso8859-15", "Western European (ISO 8859-15)"),
    ("mac-roman", "Western European (Macintosh)"),
    ("cp850", "Western European (DOS)"),
    ("cp1250", "Central European (Windows-1250)"),
    ("cp1251", "Cyrillic (Windows-1251)"),
    ("koi8-r", "Cyrillic (KOI8-R)"),
    ("cp1253", "Greek (Windows-1253)"),
    ("cp1254", "Turkish (Windows-1254)"),
    ("cp1255", "Hebrew (Windows-1255)"),
    ("cp1256", "Arabic (Windows-1256)"),
    ("cp1257", "Baltic (Windows-1257)"),
    ("shift_jis", "Japanese (Shift JIS)"),
    ("gb18030", "Chinese (GB 18030)"),
    ("big5", "Chinese (Big5)"),
    ("cp949", "Korean (CP949)"),
)
NAMES = frozenset(name for name, _words in CHOICES)


def guess(raw: bytes) -> str:
    """Return the most likely encoding of a file, always one of NAMES."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    wide = _utf16_without_mark(raw[:_SAMPLE])
    if wide:
        return wide
    if _is_utf8(raw):
        return "utf-8"
    sample = _telling_part(raw)
    return _latin(sample) or _of_another_script(sample)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_mark(sample: bytes) -> str:
    """Text of mostly ASCII has a zero in every other byte."""
    half = len(sample) // 2
    if half < 4:
        return ""
    if sample[1::2].count(0) > half * 0.6 and sample[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if sample[0::2].count(0) > half * 0.6 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return ""


def _telling_part(raw: bytes) -> bytes:
    """Return lines with bytes beyond ASCII: a file of 20 MB may have its first one at the end."""
    found: list[bytes] = []
    octets = at = 0
    while octets < _SAMPLE and (match := _BEYOND_ASCII.search(raw, at)) is not None:
        begin = max(raw.rfind(b"\n", at, match.start()) + 1, match.start() - _AROUND, at)
        line_end = raw.find(b"\n", match.end(), match.end() + _AROUND)
        at = line_end if line_end >= 0 else match.end() + _AROUND
        found.append(raw[begin:at])
        octets += at - begin
    return b"\n".join(found)[:_SAMPLE]


def _latin(sample: bytes) -> str:
    """Return which code page of Latin letters it is; "" when words consist of bytes beyond ASCII alone.

    Statistics cannot tell these pages apart in a list of names. What tells them apart is what would stand inside words.
    """
    words = _WORD_BEYOND_ASCII.findall(sample)
    foreign = sum(len(_BEYOND_ASCII.findall(word)) * 2 > len(word) for word in words)
    if foreign * 2 > len(words):
        return ""
    strange = {name: _strange_characters(words, name, ordinary) for name, ordinary in _LATIN_PAGES}
    # The first of those that are equally good.
    return min(strange, key=strange.__getitem__)


def _strange_characters(words: list[bytes], name: str, ordinary: str) -> int:
    known = set(ordinary)
    text = " ".join(word.decode(name, "replace") for word in words)
    return sum(not character.isascii() and character.lower() not in known for character in text)


def _of_another_script(sample: bytes) -> str:
    best = from_bytes(sample, cp_isolation=list(_OTHER_SCRIPTS), threshold=0.4).best()
    name = codecs.lookup(best.encoding).name if best is not None else ""
    return _OTHER_SCRIPTS_BY_CODEC.get(name, "cp1252")


_SAMPLE = 64 * 1024
# The codec that takes the mark away comes first.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_AROUND = 1000
_WORD_BEYOND_ASCII = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_WESTERN = "äöüßàáâãåæçèéêëìíîïñòóôõøùúûÿœšžð’‘“”–—€«»©®´·º¿¡\xa0"
# With the letters that their languages use; of equals the first is taken.
_LATIN_PAGES = (
    ("cp1252", _WESTERN.replace("ð", "")),
    ("cp1250", "äöüßáâăąćčçďđéęëěíîĺľłńňóôőŕřśšşťţúůűýźžż’‘“”„–—€\xa0"),
    ("cp1254", "äöüßâçîûğış’‘“”–—€\xa0İi̇"),
)
_OTHER_SCRIPTS = ("cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "shift_jis", "gb18030", "big5", "cp949")
_OTHER_SCRIPTS_BY_CODEC = {codecs.lookup(name).name: name for name in _OTHER_SCRIPTS} | {
    codecs.lookup("koi8_r").name: "koi8-r"
}
