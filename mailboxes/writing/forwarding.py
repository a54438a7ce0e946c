"""Handing a message on: what it said and who said it, and the files that came with it."""

import re
from collections.abc import Collection
from datetime import datetime, tzinfo

from mailboxes.addresses import Address
from mailboxes.composing import AttachmentUpload
from mailboxes.filenames import safe_filename
from mailboxes.models import Attachment, Message, OutgoingMessage
from mailboxes.models.messages import addresses
from mailboxes.openers import entity_of
from mailboxes.parsing import attachment_content
from mailboxes.writing.replying import MAX_QUOTED
from mailhub.lib.headers import clean_header
from mailhub.lib.html import RemoteContent, TooComplex, sanitise, text_to_html


def forward_subject(subject: str) -> str:
    """Return the subject of a forward: one "Fwd:", whatever stood before."""
    rest = clean_header(subject)
    while (prefix := _FORWARD_PREFIX.match(rest)) is not None:
        rest = rest[prefix.end() :]
    return f"Fwd: {rest}".rstrip()


def forwarded_text(message: Message, zone: tzinfo) -> str:
    """Return the message whole, below a block that says who wrote it, when, to whom and about what."""
    text = message.body.text[:MAX_QUOTED].replace("\r\n", "\n").rstrip("\n")
    return f"{_block(message, zone)}\n\n{text}"


def forwarded_html(message: Message, zone: tzinfo) -> str:
    """Return the same with the formatting of the message; its pictures go along as files."""
    body = message.body
    block = f"<p>{text_to_html(_block(message, zone))}</p>"
    try:
        # What the message loads from outside it still loads there, and whoever gets it decides whether to look.
        safe = (
            sanitise(body.html, remote=RemoteContent.SHOWN, cid_url=lambda _content_id: None).html if body.html else ""
        )
    except TooComplex:
        safe = ""
    return f"{block}\n<div>{safe or text_to_html(body.text[:MAX_QUOTED])}</div>"


def files_of(message: Message) -> list[Attachment]:
    """Return the files that can go along: all but those that the mailbox does not take."""
    return list(message.attachments.filter(removed_because="").order_by("position"))


def uploads_of(message: Message, positions: Collection[int]) -> list[AttachmentUpload]:
    """Return the chosen files with their content, from the message as it came.

    Raises BlobMissing, Closed, NoSuchPart or Unreadable where it is not there any more.
    """
    wanted = [one for one in files_of(message) if one.position in positions]
    if not wanted:
        return []
    entity = entity_of(message)
    return [
        AttachmentUpload(
            filename=safe_filename(one.filename, f"attachment-{one.position}"),
            content_type=one.content_type,
            content=attachment_content(entity, one.position),
        )
        for one in wanted
    ]


def block_of_sent(outgoing: OutgoingMessage, zone: tzinfo) -> str:
    """Return the block that stands above a message of ours; whom it was copied to unseen is not in it."""
    return _block_of(outgoing, Address(outgoing.from_name, outgoing.from_address), outgoing.left_at.astimezone(zone))


def _block(message: Message, zone: tzinfo) -> str:
    return _block_of(message, message.from_, (message.sent_at or message.received_at).astimezone(zone))


def _block_of(message: Message | OutgoingMessage, from_: Address, at: datetime) -> str:
    lines = [
        _OPENING,
        f"From: {from_}",
        f"Date: {at:%a, %d %b %Y at %H:%M %Z}",
        f"Subject: {message.subject}",
    ]
    for name, people in (("To", addresses(message.to)), ("Cc", addresses(message.cc))):
        if people:
            lines.append(f"{name}: {', '.join(str(one) for one in people)}")
    return "\n".join(lines)


_OPENING = "---------- Forwarded message ----------"
_FORWARD_PREFIX = re.compile(
    r"\s*(?:fwd?|fw|wg|tr|rv|enc|vl|vb|doorst|pd|转发|轉寄|転送|전달)\s?[:：]\s*", re.IGNORECASE
)
