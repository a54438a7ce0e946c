"""HTML from mail as a flat run of tokens, and as well-nested HTML of bounded depth: both in linear time.

HTML parsers build a tree, and hostile input makes every one of them quadratic: 270 KB of `<div><font size=1></div>`
takes a minute in a C parser. So mail passes through here first. What comes out contains only the wanted tags, each
written in canonical form and closed where it must be, so that no parser behind can disagree on where a tag ends.
This is no sanitiser: attributes pass unread, and only `mailhub.lib.html` decides what may be shown.
"""

import re
from collections.abc import Iterator
from enum import Enum


class TooDeep(ValueError):
    """The elements are nested deeper than the caller allows."""


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
    while (opening := html.find("<", position)) >= 0:
        if opening > position:
            yield TokenKind.TEXT, html[position:opening], ""
        if (tag := _TAG.match(html, opening)) is not None:
            position = tag.end()
            slash, name, attributes = tag.groups()
            name = name.lower()
            if slash:
                yield TokenKind.END, name, ""
                continue
            yield TokenKind.START, name, attributes
            if name in _RAW_TEXT:
                position = _end_of_raw_text(html, name, position)
        elif html.startswith("<!--", opening):
            # `<!-->` and `<!--->` are whole comments (HTML §13.2.5.44).
            position = _after(html, "-->", opening + 2)
        elif html.startswith(("<!", "<?", "</"), opening):
            position = _after(html, ">", opening + 2)
        else:
            yield TokenKind.TEXT, "<", ""
            position = opening + 1
    if position < len(html):
        yield TokenKind.TEXT, html[position:], ""


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

    def text(self, value: str) -> None:
        self._written.append(value.replace("<", "&lt;").replace(">", "&gt;"))

    def start(self, name: str, attributes: str) -> None:
        implied = _IMPLIED_ENDS.get(name, frozenset())
        while self._open and self._open[-1] in implied:
            self._close_innermost()
        self._written.append(f"<{name}{_canonical(attributes)}>")
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

    def _close_innermost(self) -> None:
        name = self._open.pop()
        self._depths[name].pop()
        if name in _BOUNDARIES:
            self._boundaries.pop()
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
            found.setdefault(name, value.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;"))
    return "".join(f' {name}="{value}"' for name, value in found.items())


def _end_of_raw_text(html: str, name: str, position: int) -> int:
    end = _RAW_TEXT[name].search(html, position)
    return end.start() if end else len(html)


def _after(html: str, text: str, position: int) -> int:
    """Return the place behind the next `text`; the end if there is none, which drops the rest as browsers do."""
    found = html.find(text, position)
    return len(html) if found < 0 else found + len(text)


_MAX_ATTRIBUTES = 50
# Possessive and disjoint throughout, and satisfied by the end of the text, so that no input makes them try twice.
# A quote counts only behind an equals sign (HTML §13.2.5.35).
_TAG = re.compile(
    r"""<(/?)([A-Za-z][A-Za-z0-9:-]*+)((?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+)(?:>|\Z)""",
)
_ATTRIBUTE = re.compile(
    r"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]*+)))?+""",
)
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
