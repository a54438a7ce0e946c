"""Parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231), and how senders get them wrong."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from mailboxes.mime import charsets
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.limits import MAX_PARAMETERS


def parse_parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """Return the lower-case main value and the parameters by lower-case name, continuations joined and decoded.

    Of two parameters with one name the first counts, and `name*` before a plain `name` (RFC 6266 §4.3).
    """
    return _parsed_before(value) if len(value) <= _MAX_REMEMBERED else _parsed(value)


@lru_cache(maxsize=512)
def _parsed_before(value: str) -> tuple[str, Mapping[str, str]]:
    # Most parts of most mails have one of a few types.
    return _parsed(value)


def _parsed(value: str) -> tuple[str, Mapping[str, str]]:
    main = _MAIN.match(value)
    assert main is not None  # The pattern matches nothing, too.
    main_value, position = main[1].lower(), main.end()
    if _LEADING_PARAMETER.match(main_value):
        # The main value is missing, as in `; filename="plan.pdf"`.
        main_value, position = "", main.start(1)
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, text in _pairs(value, position) if position < len(value) else ():
        extended = _EXTENDED_NAME.fullmatch(name)
        if extended is None:
            if not plain.get(name):
                plain[name] = text
        else:
            section = (text, extended[2] is None or bool(extended[3]))
            number = _WHOLE if extended[2] is None else int(extended[2])
            pieces.setdefault(extended[1], {}).setdefault(number, section)
    decoded = {name: text if name == "boundary" else _plainly_written(text) for name, text in plain.items()}
    for name, sections in pieces.items():
        if _WHOLE in sections:
            # `name*` is the whole value, or a first section whose number is missing.
            whole = sections.pop(_WHOLE)
            if 0 in sections:
                sections = {}
            sections[0] = whole
        if name in plain and 0 not in sections:
            sections[0] = (plain[name], False)
        joined, is_sound = _joined(sections)
        # A broken extended value is worse than a plain one.
        if joined and (is_sound or not decoded.get(name)):
            decoded[name] = joined
    return main_value, decoded


def _pairs(value: str, position: int) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    while len(pairs) < MAX_PARAMETERS and position < len(value):
        parameter = _PARAMETER.match(value, position)
        if parameter is None:
            skipped = _SKIPPED.match(value, position)
            assert skipped is not None  # The pattern matches any character.
            position = skipped.end()
            continue
        name = parameter[1].lower()
        text, position = _quoted(value, parameter.end()) if parameter[2] else _bare(value, parameter.end(), name)
        pairs.append((name, text))
    return pairs


def _quoted(value: str, start: int) -> tuple[str, int]:
    """Return the quoted text that begins at `start` and where it ends, quotes inside of it included."""
    quoted = _QUOTED.match(value, start)
    assert quoted is not None  # The pattern matches nothing, too.
    end = quoted.end()
    if not _AFTER_QUOTED.match(value, end) and (closing := _CLOSING_QUOTE.search(value, end)) is not None:
        # `"the "new" plan.pdf"`: the quotes inside should have been escaped.
        return _QUOTED_PAIR.sub(r"\1", value[start : closing.start()]), closing.end()
    return _QUOTED_PAIR.sub(r"\1", quoted[1]), end


def _bare(value: str, start: int, name: str) -> tuple[str, int]:
    """Return the text up to the semicolon, or up to a parameter whose semicolon is missing."""
    end = value.find(";", start)
    end = len(value) if end < 0 else end
    following = _NEXT_PARAMETER.search(value, start, end)
    end = following.start() if following else end
    text = value[start:end].strip()
    if name.partition("*")[0] not in _NAMES_OF_FILES:
        text = text.partition("(")[0].rstrip()
    return text.strip('"'), end


def _plainly_written(text: str) -> str:
    """Decode what does not belong into a plain parameter: encoded words, RFC 2231 values, percent signs."""
    if "=?" in text:
        return decode_words(text)
    if "%" not in text:
        return text
    if (extended := _EXTENDED_VALUE.fullmatch(text)) is not None and charsets.codec_of(extended[1]):
        return charsets.decode(unquote_to_bytes(extended[2]), extended[1])
    if not _HIGH_PERCENT.search(text):
        return text
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        return text


def _joined(sections: dict[int, tuple[str, bool]]) -> tuple[str, bool]:
    """Join the sections of one parameter in their order; the charset stands in the first (RFC 2231 §4.1).

    Also return whether the octets were in the charset that they claim.
    """
    charset = ""
    octets = b""
    are_all_encoded = False
    for place, (_number, (text, is_encoded)) in enumerate(sorted(sections.items())):
        prefix = _CHARSET_PREFIX.match(text) if place == 0 else None
        if prefix and prefix[2] is None and not (is_encoded and charsets.codec_of(prefix[1])):
            prefix = None
        if prefix and (is_encoded or charsets.codec_of(prefix[1])):
            charset, text = prefix[1], text[prefix.end() :]
            # Without the asterisk that says so, the sender encoded nevertheless.
            are_all_encoded = not is_encoded
        octets += unquote_to_bytes(text) if is_encoded or are_all_encoded else text.encode("utf-8", "replace")
    # Some senders put encoded words where percent signs belong.
    return decode_words(charsets.decode(octets, charset or "utf-8")), _is_sound(octets, charset or "utf-8")


def _is_sound(octets: bytes, charset: str) -> bool:
    try:
        octets.decode(charsets.codec_of(charset) or "ascii")
    except UnicodeDecodeError:
        return False
    return True


_MAX_REMEMBERED = 60
_WHOLE = -1
_NAMES_OF_FILES = frozenset({"name", "filename"})
_MAIN = re.compile(r"[\s;\"']*+([^\s;,(\"']*+)")
_LEADING_PARAMETER = re.compile(r"[a-z-]{1,40}(?:\*\d{0,3}\*?)?=")
_PARAMETER = re.compile(r"""[\s;,]*+(?:\([^()]*+\)\s*+;?\s*+)?([^\s=;,"()]{1,100})\s*+=\s*+(")?""")
_SKIPPED = re.compile(r"[\s;,]++|[^\s;,]++")
_QUOTED = re.compile(r'((?:[^"\\]|\\.)*+)"?', re.DOTALL)
_AFTER_QUOTED = re.compile(r"\s*+(?:[;,(]|\Z|[A-Za-z][A-Za-z*0-9-]{0,40}\s*+=)")
_CLOSING_QUOTE = re.compile(r'"\s*+(?:;|\Z)')
# Only these two need the backslash; elsewhere it belongs to a Windows path.
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_NEXT_PARAMETER = re.compile(
    r"[\s,](?:boundary|charset|name|filename|format|delsp|type|report-type|protocol|micalg|size|x-[a-z-]{1,30}|"
    r"(?:creation|modification|read)-date)(?:\*\d{0,3}\*?)?\s{0,4}=",
    re.IGNORECASE,
)
_EXTENDED_NAME = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?")
# Some senders leave out the second quote.
_CHARSET_PREFIX = re.compile(r"([A-Za-z0-9_.:-]{0,40})'([A-Za-z-]{0,20}')?")
_EXTENDED_VALUE = re.compile(r"([A-Za-z0-9_.:-]{1,40})'[A-Za-z-]{0,20}'(.*)", re.DOTALL)
_HIGH_PERCENT = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
