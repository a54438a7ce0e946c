"""Reading a mail: from the bytes as the server handed them over to what the product works with (SECURITY TC5)."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mailboxes.addresses import MAX_ADDRESSES, Address, parse_address_list, parse_senders
from mailboxes.identifiers import identifiers_in
from mailboxes.mime import transfer
from mailboxes.mime.attachments import AttachmentPart
from mailboxes.mime.charsets import DEFECT_UNKNOWN_CHARSET, codec_of, decode_header_bytes, shared_charset
from mailboxes.mime.content import content_of, part_at
from mailboxes.mime.dates import read_date
from mailboxes.mime.encoded_words import decode_words
from mailboxes.mime.fields import Fields
from mailboxes.mime.limits import Unreadable
from mailboxes.mime.structure import Part, read_structure
from mailhub.lib.headers import clean_header

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
    hints = _charset_hints(root)
    header = _Header(root.fields, hints)
    content = content_of(root, hints)
    sent_at = header.date()
    identifiers = _identifiers(header, "message-id")
    return Mail(
        message_id=identifiers[0] if identifiers else "",
        in_reply_to=_identifiers(header, "in-reply-to"),
        references=_identifiers(header, "references"),
        from_=header.senders(),
        sender=header.addresses("sender"),
        reply_to=header.addresses("reply-to"),
        to=header.addresses("to"),
        cc=header.addresses("cc"),
        subject=header.subject(),
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
    root = read_structure(raw)
    part = part_at(root, position, _charset_hints(root))
    if part is None:
        raise NoSuchPart(f"The mail has no part {position}.")
    return transfer.decode(part.encoded(), part.transfer_encoding)


def fingerprint(raw: bytes) -> str:
    """Return the SHA-256 of the raw mail in hexadecimal: what names its content in the storage."""
    return hashlib.sha256(raw).hexdigest()


class _Header:
    """The top-level fields as text; encoded words are decoded last, and not before a structure was read."""

    def __init__(self, fields: Fields, charset_hints: tuple[str, ...]) -> None:
        if not all(value.isascii() for _name, value in fields.items):
            charset_hints += shared_charset(value for _name, value in fields.items)
        self._items = [(name, decode_header_bytes(value, *charset_hints)) for name, value in fields.items]
        self._by_name: dict[str, list[str]] = {}
        for name, text in self._items:
            self._by_name.setdefault(name.lower(), []).append(text)

    def values(self, name: str) -> list[str]:
        return self._by_name.get(name, [])

    def first(self, name: str) -> str:
        for value in self.values(name):
            if value:
                return value
        return ""

    def subject(self) -> str:
        return clean_header(decode_words(self.first("subject")))

    def date(self) -> datetime | None:
        for value in self.values("date"):
            if date := read_date(value):
                return date
        return None

    def addresses(self, name: str) -> tuple[Address, ...]:
        values = self.values(name)
        return parse_address_list(values[0] if len(values) == 1 else ", ".join(values)) if values else ()

    def senders(self) -> tuple[Address, ...]:
        values = self.values("from")
        return parse_senders(", ".join(values)) if values else ()

    def decoded(self) -> tuple[tuple[str, str], ...]:
        return tuple([(name, _decoded(text)) for name, text in self._items])

    def defects(self) -> Iterator[str]:
        if len(self._by_name) < len(self._items):
            yield from (f"several_{name.replace('-', '_')}" for name in _ONCE if len(self.values(name)) > 1)
        if "from" not in self._by_name:
            yield "no_from"
        if any(len(self.addresses(name)) >= MAX_ADDRESSES for name in ("to", "cc") if self._is_long(name)):
            yield "addresses_cut"

    def _is_long(self, name: str) -> bool:
        # Only a value of this length can hold so many addresses.
        return sum(map(len, self.values(name))) > 2 * MAX_ADDRESSES


def _decoded(text: str) -> str:
    if "=?" not in text and text.isascii() and text.isprintable():
        # What nearly every field is.
        return text.strip()
    return clean_header(decode_words(text))


def _identifiers(header: _Header, name: str) -> tuple[str, ...]:
    """Return the identifiers of a field; some libraries encode a long one as if it were text (RFC 2047 forbids it)."""
    values = header.values(name)
    return identifiers_in(map(decode_words, values)) if values else ()


def _charset_hints(root: Part) -> tuple[str, ...]:
    """Return the charsets that the parts name: what bare 8-bit text elsewhere in the mail is probably written in."""
    leaves = [root, *root.leaves()] if root.children else [root]
    return tuple({leaf.parameters["charset"]: None for leaf in leaves if "charset" in leaf.parameters})


def _date_defects(header: _Header, sent_at: datetime | None) -> Iterator[str]:
    if sent_at is None:
        yield "bad_date" if header.first("date") else "no_date"


def _auto_submitted(value: str) -> str:
    """Return the keyword of Auto-Submitted (RFC 3834 §5), "no" where the field is absent."""
    if not value:
        return "no"
    keyword = _COMMENT.sub(" ", value).partition(";")[0].split()
    return clean_header(keyword[0]).lower()[:_MAX_KEYWORD] if keyword else "no"


def _structure_defects(part: Part) -> list[str]:
    found = list(part.fields.defects)
    if "charset" in part.parameters and codec_of(part.parameters["charset"]) is None:
        found.append(DEFECT_UNKNOWN_CHARSET)
    for child in part.children:
        found += _structure_defects(child)
    return found


# RFC 5322 §3.6: at most one of each.
_ONCE = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references")
_COMMENT = re.compile(r"\([^()]*+\)")
_MAX_KEYWORD = 40
