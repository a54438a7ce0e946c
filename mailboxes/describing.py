"""Writes what a parsed mail says into the columns of its message."""

from collections.abc import Sequence

from mailboxes.addresses import Address
from mailboxes.filenames import safe_filename
from mailboxes.identifiers import identifier_key
from mailboxes.models import Attachment, Message
from mailboxes.models.bodies import Body
from mailboxes.parsing import Mail
from mailhub.lib.headers import clean_header
from mailhub.lib.html import snippet


def describe(message: Message, mail: Mail) -> list[Attachment]:
    """Fill the columns of `message` and return the rows of its attachments; saves nothing."""
    sender = mail.from_[0] if mail.from_ else Address("", "")
    message.message_id = mail.message_id
    message.message_id_key = identifier_key(mail.message_id) if mail.message_id else None
    message.from_name = clean_header(sender.display_name)[:200]
    message.from_address = sender.addr_spec[:320]
    message.reply_to = pairs(mail.reply_to)
    message.to = pairs(mail.to)
    message.cc = pairs(mail.cc)
    message.subject = clean_header(mail.subject)[:500]
    message.sent_at = mail.sent_at
    message.in_reply_to = " ".join(mail.in_reply_to)
    message.references = " ".join(mail.references)
    message.auto_submitted = mail.auto_submitted[:40]
    message.snippet = snippet(mail.text, 140)
    message.body = Body(text=mail.text, html=mail.html)
    message.defects = list(mail.defects)
    message.trace = []
    return [
        Attachment(
            tenant_id=message.tenant_id,
            message=message,
            position=part.position,
            filename=safe_filename(part.filename, f"attachment-{part.position}"),
            content_type=part.content_type[:255],
            size=part.size,
            content_id=part.content_id[:255],
            is_inline=part.is_inline,
        )
        for part in mail.attachments
    ]


def pairs(addresses: Sequence[Address]) -> list[list[str]]:
    """Return addresses as the JSON columns keep them."""
    return [[clean_header(one.display_name), one.addr_spec] for one in addresses]
