"""Reading a mail: from the bytes as the server handed them over to what the product works with (SECURITY TC5)."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from urllib.parse import unquote

from mailboxes.addresses import MAX_ADDRESSES, Address, parse_address_list
from mailboxes.identifiers import identifiers_in
from mailboxes.mime import transfer
from mailboxes.mime.attachments import AttachmentPart, describe, disposition_of
from mailboxes.mime.bodies import body_text
from mailboxes.mime.charsets import DEFECT_UNKNOWN_CHARSET, codec_of, decode_header_bytes
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.limits import MAX_BODY_CHARACTERS, Unreadable
from mailboxes.mime.structure import Fields, Part, read_structure
from mailhub.lib.headers import clean_header
from mailhub.lib.html import html_to_plain

__all__ = ["AttachmentPart", "Mail", "NoSuchPart", "Unreadable", "attachment_content", "fingerprint", "parse"]


class NoSuchPart(LookupError):
    """The mail has no part at that position."""


@dataclass(frozen=True)
class Mail:
    """A mail as it was read. Nothing in it is proven: the sender wrote every field (SECURITY TC8).

    Identifiers are without angle brackets. `from_` holds the addresses of every From header, so that a mail with two
    senders is seen as one. `text` is derived from `html` where the sender wrote none. `headers` are all top-level
    fields in their order, decoded. `defects` name what was wrong or cut.
    """

    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    text: str
    html: str
    attachments: tuple[AttachmentPart, ...]
    auto_submitted: str
    headers: tuple[tuple[str, str], ...]
    defects: tuple[str, ...]


def parse(raw: bytes) -> Mail:
    """Read `raw`; raise Unreadable if it is too large, has too many parts, or nests them too deeply.

    Any other input yields a mail: bytes without meaning become U+FFFD, a missing field is empty, a date out of all
    reason is None (SECURITY B053).
    """
    root = read_structure(raw)
    fields = root.fields
    header = _Header(fields, _charset_hint(root))
    content = _content(raw, root)
    sent_at = _sent_at(header.first("date"))
    identifiers = _identifiers(header, "message-id")
    return Mail(
        message_id=identifiers[0] if identifiers else "",
        in_reply_to=_identifiers(header, "in-reply-to"),
        references=_identifiers(header, "references"),
        from_=header.addresses("from"),
        sender=header.addresses("sender"),
        reply_to=header.addresses("reply-to"),
        to=header.addresses("to"),
        cc=header.addresses("cc"),
        subject=clean_header(decode_words(header.first("subject"))),
        sent_at=sent_at,
        text=content.text,
        html=content.html,
        attachments=content.attachments,
        auto_submitted=_auto_submitted(header.first("auto-submitted")),
        headers=header.decoded(),
        defects=tuple(dict.fromkeys((*_structure_defects(root), *header.defects(), *_date_defects(header, sent_at)))),
    )


def attachment_content(raw: bytes, position: int) -> bytes:
    """Return the decoded bytes of the part at `position` of the same raw mail; raise NoSuchPart or Unreadable."""
    for number, part in enumerate(_leaves(read_structure(raw))):
        if number == position:
            return transfer.decode(raw[part.start : part.end], part.transfer_encoding)
    raise NoSuchPart(f"The mail has no part {position}.")


def fingerprint(raw: bytes) -> str:
    """Return the SHA-256 of the raw mail in hexadecimal: what names its content in the storage."""
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True)
class _Content:
    text: str
    html: str
    attachments: tuple[AttachmentPart, ...]


class _Header:
    """The top-level fields as text; encoded words are decoded last, and not before a structure was read."""

    def __init__(self, fields: Fields, charset_hint: str) -> None:
        self._fields = fields
        self._charset_hint = charset_hint

    def values(self, name: str) -> list[str]:
        return [decode_header_bytes(value, self._charset_hint) for value in self._fields.all(name)]

    def first(self, name: str) -> str:
        return next(iter(self.values(name)), "")

    def addresses(self, name: str) -> tuple[Address, ...]:
        return parse_address_list(", ".join(self.values(name)))

    def decoded(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, clean_header(decode_words(decode_header_bytes(value, self._charset_hint))))
            for name, value in self._fields.items
        )

    def defects(self) -> Iterator[str]:
        for name in _ONCE:
            if len(self._fields.all(name)) > 1:
                yield f"several_{name.replace('-', '_')}"
        if not self._fields.all("from"):
            yield "no_from"
        if any(len(self.addresses(name)) >= MAX_ADDRESSES for name in ("to", "cc") if self._is_long(name)):
            yield "addresses_cut"

    def _is_long(self, name: str) -> bool:
        # Only a value of this length can hold so many addresses.
        return sum(map(len, self._fields.all(name))) > 2 * MAX_ADDRESSES


def _identifiers(header: _Header, name: str) -> tuple[str, ...]:
    """Return the identifiers of a field; some libraries encode a long one as if it were text (RFC 2047 forbids it)."""
    return identifiers_in(decode_words(value) if "=?" in value else value for value in header.values(name))


def _content(raw: bytes, root: Part) -> _Content:
    texts: list[str] = []
    htmls: list[str] = []
    attached: list[tuple[int, Part]] = []
    for position, part in enumerate(_leaves(root)):
        if not _is_body(part):
            attached.append((position, part))
            continue
        bodies = htmls if part.content_type == "text/html" else texts
        if sum(map(len, bodies)) < MAX_BODY_CHARACTERS:
            bodies.append(body_text(raw, part))
    text = "\n".join(text for text in texts if text)[:MAX_BODY_CHARACTERS]
    html = "\n".join(htmls)[:MAX_BODY_CHARACTERS]
    referenced = frozenset(map(unquote, _CONTENT_ID.findall(html))) if attached else frozenset()
    return _Content(
        text=text if text.strip() else html_to_plain(html) or text,
        html=html,
        attachments=tuple(describe(raw, part, position, referenced=referenced) for position, part in attached),
    )


def _is_body(part: Part) -> bool:
    """True for text that belongs to the message itself: not attached, and without a file name."""
    if part.content_type not in ("text/plain", "text/html"):
        return False
    disposition, filename = disposition_of(part)
    return disposition != "attachment" and not filename


def _leaves(part: Part) -> Iterator[Part]:
    """Yield the parts that hold content, in order. An enclosed message is one of them and is not taken apart."""
    if part.children:
        for child in part.children:
            yield from _leaves(child)
    else:
        yield part


def _charset_hint(root: Part) -> str:
    return next((leaf.parameters["charset"] for leaf in _leaves(root) if "charset" in leaf.parameters), "")


def _sent_at(value: str) -> datetime | None:
    """Return the Date in UTC; None if it cannot be meant (SECURITY B053)."""
    if _YEAR_WITH_ZERO.search(value):
        return None
    try:
        parsed = parsedate_tz(value[:_MAX_DATE])
        if parsed is None or abs(parsed[9] or 0) >= _DAY_SECONDS:
            return None
        # A leap second is not in Python's calendar.
        year, month, day, hour, minute, second = parsed[:6]
        local = datetime(
            year, month, day, hour, minute, min(second, 59), tzinfo=timezone(timedelta(seconds=parsed[9] or 0))
        )
    except (ValueError, OverflowError, IndexError, TypeError):
        # The standard library answers some dates with whatever exception comes first.
        return None
    return local.astimezone(UTC) if _FIRST_YEAR <= local.year <= _LAST_YEAR else None


def _date_defects(header: _Header, sent_at: datetime | None) -> Iterator[str]:
    if sent_at is None:
        yield "bad_date" if header.first("date") else "no_date"


def _auto_submitted(value: str) -> str:
    """Return the keyword of Auto-Submitted (RFC 3834 §5), "no" where the field is absent."""
    keyword = _COMMENT.sub(" ", value).partition(";")[0].split()
    return clean_header(keyword[0]).lower()[:_MAX_KEYWORD] if keyword else "no"


def _structure_defects(part: Part) -> Iterator[str]:
    yield from part.fields.defects
    if "charset" in part.parameters and codec_of(part.parameters["charset"]) is None:
        yield DEFECT_UNKNOWN_CHARSET
    for child in part.children:
        yield from _structure_defects(child)


# RFC 5322 §3.6: at most one of each.
_ONCE = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")
_CONTENT_ID = re.compile(r"\bcid:([^\s\"'<>)]{1,255})", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*+\)")
_MAX_DATE = 200
_MAX_KEYWORD = 40
_DAY_SECONDS = 24 * 60 * 60
# The standard library would read the year 0000 as 2000.
_YEAR_WITH_ZERO = re.compile(r"(?<![+\-\d])0\d{3}(?!\d)")
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
