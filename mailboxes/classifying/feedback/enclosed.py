"""The mail that somebody complained about, as far as the report encloses it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailboxes.classifying.feedback.fields import Fields, addresses, read_lines
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.original import ENCLOSED_TYPES
from mailboxes.identifiers import identifiers_in
from mailboxes.mime.charsets import decode

# Set by Hotmail: the mailbox whose owner complained.
HOTMAIL_RECIPIENT = "x-hmxmroriginalrecipient"
# The singular is an error that was copied far.
_TYPES = (*ENCLOSED_TYPES, "text/rfc822-header")
# From the surest: who received it, before whom it was addressed to.
_RECIPIENT_FIELDS = (
    HOTMAIL_RECIPIENT,
    "x-original-to",
    "x-rcpt-to",
    "x-envelope-to",
    "envelope-to",
    "x-apparently-to",
    "delivered-to",
    "to",
)


@dataclass(frozen=True)
class Enclosed:
    """What the enclosed mail tells of itself; the identifier without <>."""

    message_id: str = ""
    recipients: tuple[str, ...] = ()
    is_from_hotmail: bool = False


def enclosed_in(inspected: Inspected) -> Enclosed:
    """Return what is known of the enclosed mail; an empty Enclosed if there is none, or if it was blacked out."""
    for fields in _headers(inspected):
        identifiers = identifiers_in(fields.get("message-id", ())[:1])
        recipients = _recipients(fields)
        if identifiers or recipients:
            return Enclosed(next(iter(identifiers), ""), recipients, HOTMAIL_RECIPIENT in fields)
    return Enclosed()


def has_enclosed(inspected: Inspected) -> bool:
    return bool(inspected.parts(*_TYPES))


def _recipients(fields: Fields) -> tuple[str, ...]:
    for name in _RECIPIENT_FIELDS:
        # "somebody@example.com via 192.0.2.1; …" is how Yahoo writes it.
        found = addresses(_VIA.sub("", value) for value in fields.get(name, ())[:1])
        # Who of several complained is not told.
        if len(found) == 1:
            return found
    return ()


def _headers(inspected: Inspected) -> Iterator[Fields]:
    for octets in inspected.part_octets(*_TYPES):
        text = decode(octets, "").replace("\r\n", "\n").lstrip("\n")
        yield read_lines(text.partition("\n\n")[0].split("\n"))
    # In a damaged report the enclosed mail is part of the text.
    for block in inspected.text.split("\n\n")[:_MAX_BLOCKS]:
        fields = read_lines(block.split("\n"))
        if "from" in fields and ("message-id" in fields or HOTMAIL_RECIPIENT in fields):
            yield fields


_MAX_BLOCKS = 100
_VIA = re.compile(r"\s+via\s.*")
