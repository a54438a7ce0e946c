"""HTML of mail: made safe to show, turned into text, and made from text.

The shown HTML still goes into a sandboxed frame with its own content policy; this is the first of the two walls.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from html import escape
from urllib.parse import unquote

import inscriptis
import nh3
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from mailhub.lib import markup
from mailhub.lib.markup import TokenKind

# Raise it whenever the same input may give another output: cached results carry it.
SANITISER_VERSION = 2

MAX_CHARACTERS = 2 * 1024 * 1024
MAX_DEPTH = 256


class TooComplex(Exception):
    """The HTML is larger, nested deeper, or of more elements than we show; the text of the mail takes its place."""


class RemoteContent(Enum):
    """Whether pictures are fetched from where the sender put them, which tells the sender that the mail was read."""

    BLOCKED = "blocked"
    SHOWN = "shown"


@dataclass(frozen=True)
class Sanitised:
    """HTML without script, and the number of remote references that were taken out."""

    html: str
    blocked_count: int


def sanitise(html: str, *, remote: RemoteContent, cid_url: Callable[[str], str | None]) -> Sanitised:
    """Return `html` reduced to what may be shown; raise TooComplex.

    That is beyond 2 MB, 256 nested elements, or 100,000 elements in all.

    `cid_url` gives the address of the part with that Content-ID (RFC 2392), or None if the mail has no such part.
    Remote style and backgrounds are never shown; remote pictures only if `remote` says so.
    """
    if len(html) > MAX_CHARACTERS:
        raise TooComplex(f"{len(html)} characters of HTML")
    try:
        nested = markup.well_nested(_CONTROLS.sub("", html), tags=_TAGS, max_depth=MAX_DEPTH)
    except markup.TooDeep as error:
        raise TooComplex(str(error)) from error
    attributes = _AttributeFilter(remote, cid_url)
    cleaned = nh3.clean(
        nested,
        tags=set(_TAGS),
        clean_content_tags=set(),
        attributes=_ATTRIBUTES,
        attribute_filter=attributes,
        strip_comments=True,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        # The filter sees what the scheme check lets through, takes cid: out of links again, and refuses relative
        # addresses itself: nh3 would refuse those that cid_url gives, too.
        url_schemes={"http", "https", "mailto", "cid"},
        url_relative="pass_through",
        filter_style_properties=set(_STYLE_PROPERTIES),
    )
    return Sanitised(html=cleaned, blocked_count=attributes.blocked_count)


def html_to_text(html: str) -> str:
    """Return the text as a reader without HTML should see it: tables laid out, links with their address.

    For mail that we send. It costs about 2 ms per KB; `html_to_plain` does for received mail.
    """
    if len(html) > _MAX_LAID_OUT:
        return html_to_plain(html)
    try:
        nested = markup.well_nested(_UNREADABLE.sub("", html), tags=_TAGS, max_depth=_MAX_LAID_OUT_DEPTH)
    except markup.TooDeep:
        return html_to_plain(html)
    laid_out = inscriptis.get_text(f"<html><body>{nested}</body></html>", _LAYOUT)
    lines = (line.rstrip() for line in laid_out.strip("\n").split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)) or html_to_plain(html)


def html_to_plain(html: str) -> str:
    """Return the words of `html` in the lines in which they are seen, in linear time for any input.

    A block begins a line, a paragraph is parted from its neighbours by one blank line, `<br>` is one line break, cells
    of a row stand side by side, and a quotation has "> " in front of its lines as in a plain mail. No line has space
    at its ends.
    """
    writer = _PlainWriter()
    for kind, value, attributes in markup.tokens(html):
        if kind is TokenKind.TEXT:
            writer.text(markup.decoded(value))
        elif kind is TokenKind.START:
            writer.start(value, attributes)
        else:
            writer.end(value)
    return writer.finished()


def text_to_html(text: str) -> str:
    """Return `text` as HTML: escaped, with line breaks, and with http and https addresses as links."""
    written: list[str] = []
    position = 0
    for match in _WEB_ADDRESS.finditer(text):
        url = _without_trailing_punctuation(match[0])
        written.append(escape(text[position : match.start()]))
        written.append(f'<a href="{escape(url)}" rel="noopener noreferrer" target="_blank">{escape(url)}</a>')
        position = match.start() + len(url)
    written.append(escape(text[position:]))
    return "".join(written).replace("\r\n", "\n").replace("\n", "<br>\n")


def snippet(text: str, length: int = 140) -> str:
    """Return the beginning of `text` on one line of at most `length` characters, cut between words."""
    # Newsletters pad their preview with invisible characters, so more is read than is shown.
    beginning = _INVISIBLE.sub("", text[: 20 * length])
    words = " ".join(beginning.split())
    if len(words) <= length:
        return words
    # One more than is shown, so that a word which just fits is not taken for a cut one.
    at_word, _space, cut = words[:length].rpartition(" ")
    return (at_word if at_word and len(cut) < _LONG_WORD else words[: length - 1]) + "…"


class _PlainWriter:
    """Writes lines of text; knows whether the next one has to stand apart from those before it."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._is_apart = False
        self._preformatted_depth = 0
        # For each open blockquote, whether it quotes somebody.
        self._quotes: list[bool] = []
        self._quote_depth = 0

    def text(self, text: str) -> None:
        if self._preformatted_depth > 0 and "\n" in text:
            first, *others = text.split("\n")
            self._line.append(first)
            for other in others:
                self._break_line()
                self._line.append(other)
        else:
            self._line.append(text)

    def start(self, name: str, attributes: str) -> None:
        if name == "br":
            self._break_line()
        elif name in _CELLS:
            self._line.append(" ")
        elif name in _BLOCKS:
            self._begin_block(name)
            if name == "pre":
                self._preformatted_depth += 1
            elif name == "blockquote":
                self._open_quote(is_quotation=_QUOTATION.search(attributes) is not None)

    def end(self, name: str) -> None:
        if name in _CELLS:
            self._line.append(" ")
        elif name in _BLOCKS:
            self._begin_block(name)
            if name == "pre":
                self._preformatted_depth -= 1
            elif name == "blockquote" and self._quotes:
                self._quote_depth -= self._quotes.pop()
        elif name == "br":
            # Browsers take `</br>` for `<br>` (HTML §13.2.6.4.7).
            self._break_line()

    def finished(self) -> str:
        self._begin_block("div")
        return "\n".join(self._lines).strip("\n")

    def _open_quote(self, *, is_quotation: bool) -> None:
        self._quotes.append(is_quotation)
        self._quote_depth += is_quotation

    def _begin_block(self, name: str) -> None:
        if self._line:
            words = self._words()
            if words:
                self._write(words)
        if name in _PARAGRAPHS:
            self._is_apart = True

    def _break_line(self) -> None:
        self._write(self._words())

    def _words(self) -> str:
        if not self._line:
            return ""
        words = _SPACES.sub(" ", _UNREADABLE.sub("", "".join(self._line))).strip()
        self._line.clear()
        return words

    def _write(self, words: str) -> None:
        if not words:
            self._is_apart = True
            return
        if self._is_apart and self._lines:
            self._lines.append("")
        self._is_apart = False
        prefix = ">" * min(self._quote_depth, _MAX_QUOTE_DEPTH)
        self._lines.append(f"{prefix} {words}" if prefix else words)


class _AttributeFilter:
    """Decides on each attribute that passed the lists, and counts what would have been fetched from elsewhere."""

    def __init__(self, remote: RemoteContent, cid_url: Callable[[str], str | None]) -> None:
        self._remote = remote
        self._cid_url = cid_url
        self.blocked_count = 0

    def __call__(self, element: str, attribute: str, value: str) -> str | None:
        # A return that was written as a reference would be read as a line feed the next time.
        value = value.replace("\r", "\n")
        if attribute == "style":
            return self._style(value)
        if attribute == "src":
            return self._source(value.strip())
        if attribute in _FETCHED:
            self.blocked_count += 1
            return None
        if attribute == "href":
            return value if _LINK.match(value) else None
        return value

    def _source(self, url: str) -> str | None:
        scheme, _colon, rest = url.partition(":")
        if scheme.lower() == "cid":
            return self._cid_url(unquote(rest))
        # Without the slashes, an address is one of ours where the page has the same scheme (WHATWG URL §4.4).
        if not _REMOTE.match(url):
            return None
        if self._remote is RemoteContent.SHOWN:
            return url
        self.blocked_count += 1
        return None

    def _style(self, style: str) -> str | None:
        kept = []
        for declaration in style.split(";"):
            name, _colon, value = declaration.partition(":")
            name, value = name.strip().lower(), value.strip()
            if "url(" in value.lower():
                self.blocked_count += 1
            elif name in _STYLE_PROPERTIES and _is_plain_style_value(value):
                kept.append(f"{name}: {value}")
        return "; ".join(kept) or None


def _is_plain_style_value(value: str) -> bool:
    """True for words, numbers, strings and colours: nothing that fetches, computes, or hides in an escape."""
    if not _STYLE_VALUE.fullmatch(value):
        return False
    return all(function.lower() in _STYLE_FUNCTIONS for function in _STYLE_FUNCTION.findall(value))


def _without_trailing_punctuation(url: str) -> str:
    end = len(url)
    surplus = url.count(")") - url.count("(")
    while end > 0 and (url[end - 1] in ".,;:!?]}*_" or (url[end - 1] == ")" and surplus > 0)):
        surplus -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _names(
    "a abbr address b big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em font "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong sub summary sup table tbody "
    "td tfoot th thead tr tt u ul var wbr article aside footer header main section figure figcaption"
)
_FETCHED = frozenset({"srcset", "background"})
_REMOTE = re.compile(r"https?://", re.IGNORECASE)
_LINK = re.compile(r"\s*(?:https?://|mailto:)", re.IGNORECASE)
_COMMON_ATTRIBUTES = {"align", "bgcolor", "dir", "height", "lang", "style", "title", "valign", "width", "background"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": _COMMON_ATTRIBUTES,
    "a": {"href"},
    "img": {"src", "srcset", "alt", "border", "hspace", "vspace"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "hr": {"size", "noshade", "color"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value"},
}
_STYLE_PROPERTIES = _names(
    "background background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width "
    "border-collapse border-color border-left border-left-color border-left-style border-left-width border-radius "
    "border-right border-right-color border-right-style border-right-width border-spacing border-style border-top "
    "border-top-color border-top-style border-top-width border-width clear color direction display float font "
    "font-family font-size font-style font-variant font-weight height letter-spacing line-height list-style-type "
    "margin margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width "
    "overflow-wrap padding padding-bottom padding-left padding-right padding-top table-layout text-align "
    "text-decoration text-indent text-transform vertical-align white-space width word-break word-spacing word-wrap"
)
_STYLE_VALUE = re.compile(r"[\w\s.,%#()'\"!+/-]{1,300}")
_STYLE_FUNCTION = re.compile(r"([\w-]*)\s*\(")
_STYLE_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})

_MAX_LAID_OUT = 512 * 1024
# libxml2 gives up at 256 levels and would return nothing.
_MAX_LAID_OUT_DEPTH = 200
_LAYOUT = ParserConfig(css=CSS_PROFILES["strict"], display_links=True, display_images=False)
_PARAGRAPHS = _names("p h1 h2 h3 h4 h5 h6 blockquote pre")
_BLOCKS = _PARAGRAPHS | _names(
    "address article aside body caption center dd details div dt figcaption figure footer form header hr html li main "
    "ol section summary table tr ul"
)
_CELLS = frozenset({"td", "th"})
_QUOTATION = re.compile(r"\bcite\b|_quote|-quote", re.IGNORECASE)
_MAX_QUOTE_DEPTH = 20
# Neither NUL nor a lone surrogate can be handed to a parser outside of Python.
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
# What no letter needs; browsers leave some of it out of addresses and of names before they read them.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")
_WEB_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`\x00-\x1f\x7f]+", re.IGNORECASE)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_LONG_WORD = 30
