"""The lines of an HTML mail, with what its elements say of them: quoted, an attribution, the rest of the thread.

Mail programs mark a quotation by the element around it. Marks of our own are written into the HTML there and read
again from its lines, so that turning HTML into text stays in one place.
"""

import re
from collections import Counter
from dataclasses import dataclass

from mailboxes.quoting.outline import searched_part
from mailhub.lib import markup
from mailhub.lib.html import html_to_plain
from mailhub.lib.markup import VOID, TokenKind

MAX_SEARCHED = 512 * 1024


@dataclass(frozen=True)
class MarkedText:
    """Lines, and what the HTML says of each; `cut` is the line from which on all is quoted, or None."""

    lines: list[str]
    is_quoted: list[bool]
    is_attribution: list[bool]
    cut: int | None

    @property
    def has_quotation(self) -> bool:
        return self.cut is not None or any(self.is_quoted)


def marked_text(html: str) -> MarkedText:
    """Return the words of `html` line by line, in linear time; only the first half megabyte of it is looked
    through, and of its words as much as of a plain text."""
    lines: list[str] = []
    is_quoted: list[bool] = []
    is_attribution: list[bool] = []
    quotes = attributions = 0
    cut: int | None = None
    for line in searched_part(html_to_plain(_with_marks(html[:MAX_SEARCHED])))[0].split("\n"):
        # Within a quotation, each line begins with the sign of one.
        mark = line.lstrip("> ").strip()
        if mark not in _MARKS:
            lines.append(line)
            is_quoted.append(quotes > 0 and bool(mark))
            is_attribution.append(attributions > 0 and quotes == 0 and bool(mark))
            continue
        if mark == _CUT and cut is None and quotes == 0:
            cut = len(lines)
        quotes += (mark == _QUOTE) - (mark == _END_OF_QUOTE)
        attributions += (mark == _ATTRIBUTION) - (mark == _END_OF_ATTRIBUTION)
    return MarkedText(lines, is_quoted, is_attribution, cut)


def _with_marks(html: str) -> str:
    written: list[str] = []
    is_open: list[tuple[str, str]] = []
    names: Counter[str] = Counter()
    for kind, value, attributes in markup.tokens(_FOREIGN_MARKS.sub("", html)):
        if kind is TokenKind.TEXT:
            written.append(value)
            continue
        if kind is TokenKind.START:
            mark = _mark(value, attributes)
            if mark:
                written.append(_on_its_line(mark))
            written.append(f"<{value}{attributes}>")
            if value in _NESTING:
                is_open.append((value, mark))
                names[value] += 1
            elif value not in VOID and mark:
                # An element that is not tracked cannot end what it began.
                written.append(_on_its_line(_ENDS.get(mark, "")))
            continue
        while names[value] and is_open:
            name, mark = is_open.pop()
            names[name] -= 1
            if mark in _ENDS:
                written.append(_on_its_line(_ENDS[mark]))
            if name == value:
                break
        written.append(f"</{value}>")
    return "".join(written)


def _mark(name: str, attributes: str) -> str:
    """Return the mark that this element sets, or nothing."""
    if name == "blockquote":
        return _QUOTE
    if name not in _NESTING or not attributes:
        return ""
    values = {match[1].lower(): match[2].strip("\"'") for match in _ATTRIBUTE.finditer(attributes[:_MAX_ATTRIBUTES])}
    identifier, style = values.get("id", ""), values.get("style", "")
    classes = values.get("class", "").split()
    if _CUT_IDS.search(identifier) or _CUT_STYLE.search(style) or not _CUT_CLASSES.isdisjoint(classes):
        return _CUT
    if identifier == _ATTRIBUTION_ID or not _ATTRIBUTION_CLASSES.isdisjoint(classes):
        return _ATTRIBUTION
    if values.get("name") in _QUOTE_NAMES or any(_QUOTE_CLASS.fullmatch(one) for one in classes):
        return _QUOTE
    return ""


def _on_its_line(mark: str) -> str:
    return f"<br>{mark}<br>" if mark else ""


# Characters for private use: mail has no meaning for them.
_QUOTE, _END_OF_QUOTE, _ATTRIBUTION, _END_OF_ATTRIBUTION, _CUT = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004"
_ENDS = {_QUOTE: _END_OF_QUOTE, _ATTRIBUTION: _END_OF_ATTRIBUTION}
_MARKS = frozenset({_QUOTE, _END_OF_QUOTE, _ATTRIBUTION, _END_OF_ATTRIBUTION, _CUT})
_FOREIGN_MARKS = re.compile("[\ue000-\ue004]")
_NESTING = frozenset({"blockquote", "div", "table", "span", "section", "p", "td", "font"})
_MAX_ATTRIBUTES = 2000
_ATTRIBUTE = re.compile(r"(?<![\w-])(id|class|style|name)\s*+=\s*+(\"[^\"]*+\"?|'[^']*+'?|[^\s>]++)", re.IGNORECASE)
# Below these stands the rest of the thread: Outlook on the desktop, on the web and on telephones, Mac and Windows Mail.
_CUT_IDS = re.compile(
    r"divRplyFwdMsg|OLK_SRC_BODY_SECTION|mail-editor-reference-message-container|\bappendonsend\b|^(?:x_)*replySplit$|"
    r"^(?:x_)*origbody",
    re.IGNORECASE,
)
# Newsletters draw rules, too, but not these.
_CUT_STYLE = re.compile(
    r"border:\s?none;\s?border-top:\s?solid\s?(?:#[0-9A-F]{6}|windowtext|black)\s?1\.0pt;\s?padding:\s?3\.0pt\s0|"
    r"border-top:\s?#B5C4DF\s1pt\ssolid|padding-top:\s?5px;\s?border-top-color:\s?rgb\(229,\s?229,\s?229\)",
    re.IGNORECASE,
)
_CUT_CLASSES = frozenset({"OutlookMessageHeader"})
_ATTRIBUTION_CLASSES = frozenset({"gmail_attr", "moz-cite-prefix"})
# Roundcube's.
_ATTRIBUTION_ID = "reply-intro"
# Spark's, and GMX's on the web.
_QUOTE_NAMES = frozenset({"messageReplySection", "quote"})
# Another program puts "x_" in front of the names of classes when it quotes.
_QUOTE_CLASS = re.compile(r"(?:x_)*(?:yahoo_quoted|protonmail_quote|zmail_extra|tutanota_quote|front-blockquote)")
