"""HTML from mail as a flat run of tokens, and as well-nested HTML of bounded depth: both in linear time.

HTML parsers build a tree, and hostile input makes every one of them quadratic: 270 KB of `<div><font size=1></div>`
takes a minute in a C parser. So mail passes through here first. What comes out contains only the wanted tags, each
written in canonical form and closed where it must be, so that no parser behind can disagree on where a tag ends.
This is no sanitiser: attributes pass unread, and only `mailhub.lib.html` decides what may be shown.
"""

import re
from collections.abc import Iterator
from enum import Enum
from html import escape, unescape


class TooDeep(ValueError):
    """The elements are nested deeper than the caller allows, or there are more than 100,000 of them."""


class TokenKind(Enum):
    TEXT = "text"
    START = "start"
    END = "end"


# Kind; the text as it stands (character references not decoded) or the lower-case name; the attributes, unread.
Token = tuple[TokenKind, str, str]

VOID = frozenset({"br", "col", "hr", "img", "wbr", "area", "base", "embed", "input", "link", "meta", "source", "track"})


def tokens(html: str) -> Iterator[Token]:
    """Yield the tokens of `html`; comments, declarations, and elements whose content is not text are left out."""
    position = 0
    while position < len(html):
        for found in _TOKEN.finditer(html, position):
            text, slash, name, attributes = found.groups()
            position = found.end()
            if text:
                yield TokenKind.TEXT, text, ""
            elif name:
                name = name.lower()
                if slash:
                    yield TokenKind.END, name, ""
                    continue
                yield TokenKind.START, name, attributes
                if name in _RAW_TEXT:
                    position = _end_of_raw_text(html, name, position)
                    break


def decoded(text: str) -> str:
    """Return the text of a token with its character references replaced (HTML §13.2.5.72), in linear time."""
    return unescape(_LONG_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def well_nested(html: str, *, tags: frozenset[str], max_depth: int) -> str:
    """Return `html` with only `tags`, every element closed in order; raise TooDeep beyond `max_depth` elements.

    A body becomes a div, so that its style is not lost.
    """
    writer = _Writer(max_depth)
    for kind, value, attributes in tokens(html):
        name = "div" if value == "body" else value
        if kind is TokenKind.TEXT:
            writer.text(value)
        elif name in tags:
            if kind is TokenKind.START:
                writer.start(name, attributes)
            else:
                writer.end(name)
    return writer.finished()


class _Writer:
    """Writes well-nested HTML and knows in constant time which elements are open and in scope."""

    def __init__(self, max_depth: int) -> None:
        self._max_depth = max_depth
        self._written: list[str] = []
        self._open: list[str] = []
        self._depths: dict[str, list[int]] = {}
        self._boundaries = [-1]
        self._count = 0
        # How much text was written behind the last tag.
        self._text_length = 0

    def text(self, value: str) -> None:
        text = decoded(value)
        if self._text_length + len(text) <= _MAX_TEXT:
            self._text_length += len(text)
            self._written.append(escape(text, quote=False))
            return
        # Writing out a text node takes the square of its length in the C parser behind, if it is full of signs that
        # must be escaped. A comment parts it.
        for start in range(0, len(text), _MAX_TEXT):
            self._written += ("<!---->", escape(text[start : start + _MAX_TEXT], quote=False))
        self._text_length = _MAX_TEXT

    def start(self, name: str, attributes: str) -> None:
        if name in _IMPLIED_ENDS:
            implied = _IMPLIED_ENDS[name]
            while self._open and self._open[-1] in implied:
                self._close_innermost()
        if name == "a" and self._is_between_cells() and self._depths.get(name):
            # It would stand in front of the table, inside the link that is open there, and end that (HTML §13.2.6.4.7).
            return
        self._count += 1
        if self._count > _MAX_ELEMENTS:
            raise TooDeep(f"there are more than {_MAX_ELEMENTS} elements")
        self._text_length = 0
        self._written.append(f"<{name}{_canonical(attributes)}>" if attributes else f"<{name}>")
        if name in VOID:
            return
        if len(self._open) >= self._max_depth:
            raise TooDeep(f"elements are nested deeper than {self._max_depth}")
        self._depths.setdefault(name, []).append(len(self._open))
        if name in _BOUNDARIES:
            self._boundaries.append(len(self._open))
        self._open.append(name)

    def end(self, name: str) -> None:
        depths = self._depths.get(name)
        if not depths:
            return
        # `</div>` inside a table cell must not close a div outside it.
        if name not in _TABLE and depths[-1] < self._boundaries[-1]:
            return
        while len(self._open) > depths[-1]:
            last = self._open[-1]
            self._close_innermost()
            if last == name:
                return

    def finished(self) -> str:
        while self._open:
            self._close_innermost()
        return "".join(self._written)

    def _is_between_cells(self) -> bool:
        innermost = self._boundaries[-1]
        return innermost >= 0 and self._open[innermost] == "table"

    def _close_innermost(self) -> None:
        name = self._open.pop()
        self._depths[name].pop()
        if name in _BOUNDARIES:
            self._boundaries.pop()
        self._text_length = 0
        self._written.append(f"</{name}>")


def _canonical(attributes: str) -> str:
    """Return attributes as ` name="value"`, the first of each name, so that they cannot be read in two ways."""
    if not attributes or attributes.isspace():
        return ""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(attributes):
        name = match[1].lower()
        if len(found) < _MAX_ATTRIBUTES and _ATTRIBUTE_NAME.fullmatch(name):
            value = match[2] or match[3] or match[4] or ""
            if len(value) > _MAX_VALUE:
                continue
            found.setdefault(name, value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;"))
    return "".join(f' {name}="{value}"' for name, value in found.items())


def _end_of_raw_text(html: str, name: str, position: int) -> int:
    end = _RAW_TEXT[name].search(html, position)
    return end.start() if end else len(html)


# Longer text is written in pieces, and a longer value of an attribute is left out.
_MAX_TEXT = 4096
_MAX_ELEMENTS = 100_000
_MAX_VALUE = 8192
_MAX_ATTRIBUTES = 50
# Text, a tag, a comment, what browsers take for one. Possessive and disjoint throughout, and satisfied by the end of
# the text, so that no input makes them try twice. A quote counts only behind an equals sign (HTML §13.2.5.35), `<!-->`
# and `<!--->` are whole comments (§13.2.5.44), and an open comment takes all the rest with it.
_TOKEN = re.compile(
    r"""((?:[^<]++|<(?![A-Za-z/!?]))++)"""
    r"""|<(/?)([A-Za-z][A-Za-z0-9:-]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)(?:>|\Z)"""
    r"""|<!--(?>-?>|.*?(?:--!?>|\Z))"""
    r"""|<[/!?][^>]*+>?""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?+""",
)
# Python refuses to read a number of more than 4300 digits, so a reference of that size would raise.
_LONG_REFERENCE = re.compile(r"&#(?:\d{8,}+|[xX][0-9a-fA-F]{7,}+);?")
_ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9-]*")
_RAW_TEXT = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "template")
}
_CELL = frozenset({"td", "th"})
_ROW = _CELL | {"tr"}
_SECTION = _ROW | {"thead", "tbody", "tfoot"}
_TABLE = _SECTION | {"table", "caption", "colgroup"}
_BOUNDARIES = frozenset({"table", "td", "th", "caption"})
_IMPLIED_ENDS = {
    "p": frozenset({"p"}),
    "a": frozenset({"a"}),
    "li": frozenset({"li"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
    "td": _CELL,
    "th": _CELL,
    "tr": _ROW,
    "thead": _SECTION,
    "tbody": _SECTION,
    "tfoot": _SECTION,
}
