"""Received mail as it may be shown: HTML for a frame without scripts, text with its quotation apart (SECURITY TC2)."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape, unescape
from urllib.parse import unquote, urlsplit

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from mailboxes.filenames import may_show_inline
from mailboxes.models import Attachment, Message
from mailboxes.openers import Closed, entity_of
from mailboxes.parsing import NoSuchPart, Unreadable, attachment_content
from mailboxes.quoting import split_quote
from mailhub.lib.html import RemoteContent, Sanitised, html_to_plain, sanitise, text_to_html
from mailhub.tenancy.blobs import BlobMissing

# Pictures inside a mail travel in the document: a frame without an origin sends no session cookie for them.
MAX_INLINE_CHARACTERS = 2 * 1024 * 1024
MAX_INLINE_PARTS = 40
MAX_SHOWN_TEXT = 512 * 1024

_BASE_POLICY = (
    "default-src 'none'; img-src {pictures}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@dataclass(frozen=True)
class ShownText:
    """What someone wrote, and what they quoted, as HTML made from text."""

    own: SafeString
    quoted: SafeString
    is_cut: bool

    @property
    def whole(self) -> SafeString:
        return format_html("{}<br>{}", self.own, self.quoted)


@dataclass(frozen=True)
class FrameSize:
    """How high a frame starts, in pixels: wide and on a phone. It cannot tell us, because it runs no script."""

    wide: int
    narrow: int


def shown_name(display_name: str, addr_spec: str) -> str:
    """Return the name of a correspondent, or the address where the name pretends to be one (SECURITY B080)."""
    return addr_spec if not display_name or _AT_SIGN.search(display_name) else display_name


def show_text(text: str) -> ShownText:
    """Split and escape the text of a mail; only the first half megabyte of it."""
    own, quoted = split_quote(text[:MAX_SHOWN_TEXT])
    return ShownText(own=_as_html(own), quoted=_as_html(quoted), is_cut=len(text) > MAX_SHOWN_TEXT)


def count_blocked(html: str) -> int:
    """Return how many remote references are left out of `html` before consent; raise TooComplex."""
    return sanitise(html, remote=RemoteContent.BLOCKED, cid_url=lambda _content_id: None).blocked_count


def show_html(message: Message, html: str, *, remote: RemoteContent) -> Sanitised:
    """Return the HTML of a message for its frame, its own pictures inside; raise TooComplex.

    A link that names one host and leads to another says so.
    """
    shown = sanitise(html, remote=remote, cid_url=_InlinePictures(message))
    return replace(shown, html=_LINK.sub(_with_target, shown.html))


def show_own_html(html: str, *, remote: RemoteContent) -> Sanitised:
    """Return the HTML of a message of ours for its frame; raise TooComplex."""
    return sanitise(html, remote=remote, cid_url=lambda _content_id: None)


def content_policy(remote: RemoteContent) -> str:
    """Return the Content-Security-Policy of the frame: no script, and no connection before consent (SECURITY PR7)."""
    pictures = "'self' data:" if remote is RemoteContent.BLOCKED else "'self' data: http: https:"
    return _BASE_POLICY.format(pictures=pictures)


def frame_size(html: str) -> FrameSize:
    """Estimate the height of `html` from its lines and pictures; a person can drag the frame to another."""
    lines = html_to_plain(html[:_MAX_MEASURED]).split("\n")
    pictures = sum(min(int(height), _HIGHEST_PICTURE) for height in _PICTURE_HEIGHT.findall(html[:_MAX_MEASURED]))
    return FrameSize(wide=_height(lines, 100, pictures), narrow=_height(lines, 44, pictures))


def _height(lines: list[str], characters_a_line: int, pictures: int) -> int:
    # An empty line stands for the room between two blocks, which is less than a line.
    rows = sum(1 + len(line) // characters_a_line if line else _BLOCK_MARGIN for line in lines)
    return max(_LOWEST_FRAME, min(_HIGHEST_FRAME, _FRAME_EDGES + int(rows * _LINE_HEIGHT) + pictures))


def _with_target(link: re.Match[str]) -> str:
    """Return a sanitised link, followed by the host that it leads to if its words are another one."""
    named = _NAMED_HOST.fullmatch(html_to_plain(link["words"]).strip())
    href = _HREF.search(link["attributes"])
    if named is None or href is None:
        return link[0]
    try:
        target = (urlsplit(unescape(href[1]).strip()).hostname or "").lower()
    except ValueError:
        return link[0]
    host = named[1].lower().removeprefix("www.")
    if not target or target == host or target.endswith(f".{host}"):
        return link[0]
    return f"{link[0]} <small>(goes to {escape(target)})</small>"


def _as_html(text: str) -> SafeString:
    # text_to_html escapes everything and adds line breaks and links only.
    return mark_safe(text_to_html(text))  # noqa: S308


class _InlinePictures:
    """Gives each Content-ID that the HTML names as a data: address, as long as there is room.

    Counted is each use, because a mail may name one picture a thousand times.
    """

    def __init__(self, message: Message) -> None:
        self._message = message
        self._room = MAX_INLINE_CHARACTERS
        self._addresses: dict[str, str | None] = {}
        self._attachments: dict[str, Attachment] | None = None
        self._raw: bytes | None = None

    def __call__(self, content_id: str) -> str | None:
        wanted = unquote(content_id).strip("<> ")
        if wanted not in self._addresses:
            if len(self._addresses) >= MAX_INLINE_PARTS:
                return None
            self._addresses[wanted] = self._read(wanted)
        address = self._addresses[wanted]
        if address is None or len(address) > self._room:
            return None
        self._room -= len(address)
        return address

    def _read(self, content_id: str) -> str | None:
        attachment = self._by_content_id().get(content_id)
        # Base64 makes four characters of three octets.
        if attachment is None or attachment.size * 4 // 3 > self._room:
            return None
        try:
            if self._raw is None:
                self._raw = entity_of(self._message)
            content = attachment_content(self._raw, attachment.position)
        except (BlobMissing, Closed, NoSuchPart, Unreadable):
            # The mail is shown without this picture; its chip below the mail tells what happened to it.
            return None
        if not may_show_inline(attachment.content_type, content[:16]):
            return None
        return f"data:{attachment.content_type.lower()};base64,{b64encode(content).decode('ascii')}"

    def _by_content_id(self) -> dict[str, Attachment]:
        if self._attachments is None:
            self._attachments = {one.content_id: one for one in self._shown_attachments()}
        return self._attachments

    def _shown_attachments(self) -> Iterator[Attachment]:
        """Yield those that may stand in the text: what was removed stands nowhere."""
        for one in self._message.attachments.all():
            if one.content_id and not one.removed_because:
                yield one


# The sign itself, and what looks like it (full width, small).
_AT_SIGN = re.compile("[@\uff20\ufe6b]")
_PICTURE_HEIGHT = re.compile(r"<img\b[^>]{0,2000}?\bheight\s*=\s*[\"']?(\d{1,4})", re.IGNORECASE)
_MAX_MEASURED = 512 * 1024
_HIGHEST_PICTURE = 600
_LINE_HEIGHT, _BLOCK_MARGIN, _FRAME_EDGES = 21, 0.7, 40
_LOWEST_FRAME, _HIGHEST_FRAME = 80, 2400
# The sanitiser writes every attribute in double quotes, and closes every link.
_LINK = re.compile(r'<a(?P<attributes>(?: [^\s"=<>]+="[^"]*")*)>(?P<words>.*?)</a>', re.DOTALL)
_HREF = re.compile(r' href="([^"]*)"')
_NAMED_HOST = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.){1,10}[^\W\d]{2,24})(?:[:/?#@]\S*)?", re.IGNORECASE)
