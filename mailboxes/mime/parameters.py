"""Parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231)."""

import re
from urllib.parse import unquote_to_bytes

from mailboxes.mime import charsets
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.limits import MAX_PARAMETERS


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return the lower-case main value and the parameters by lower-case name, continuations joined and decoded.

    Of two parameters with one name the first counts, and `name*` before a plain `name` (RFC 6266 §4.3).
    """
    main, _semicolon, _rest = value.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, text in _pairs(value, len(main)):
        extended = _EXTENDED_NAME.fullmatch(name)
        if extended is None:
            plain.setdefault(name, text)
        else:
            section = (text, bool(extended[3]))
            pieces.setdefault(extended[1], {}).setdefault(int(extended[2] or 0), section)
    extended_values = {name: _joined(sections) for name, sections in pieces.items()}
    decoded = {name: decode_words(text) for name, text in plain.items()}
    return _main_value(main), decoded | {name: text for name, text in extended_values.items() if text}


def _pairs(value: str, position: int) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    while len(pairs) < MAX_PARAMETERS and (position := value.find(";", position)) >= 0:
        parameter = _PARAMETER.match(value, position + 1)
        if parameter is None:
            position += 1
            continue
        position = parameter.end()
        quoted, bare = parameter[2], parameter[3]
        text = bare.strip() if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
        pairs.append((parameter[1].lower(), text))
    return pairs


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """Join the sections of one parameter in their order; the charset stands in the first (RFC 2231 §4.1)."""
    charset = ""
    octets = b""
    for place, (_number, (text, is_encoded)) in enumerate(sorted(sections.items())):
        if not is_encoded:
            octets += text.encode("utf-8", "replace")
            continue
        if place == 0 and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        octets += unquote_to_bytes(text)
    # Some senders put encoded words where percent signs belong.
    return decode_words(charsets.decode(octets, charset or "utf-8"))


def _main_value(text: str) -> str:
    words = text.split()
    return words[0].lower() if words else ""


_PARAMETER = re.compile(r"""\s*+([^\s=;"]{1,100})\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^;]*+))""", re.DOTALL)
_EXTENDED_NAME = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")
# Only these two need the backslash; elsewhere it belongs to a Windows path.
_QUOTED_PAIR = re.compile(r'\\(["\\])')
