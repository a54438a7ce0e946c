"""Makes a draft of a message of ours: of one that is taken back and has no draft any more, or a copy to go on from."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from django.db import transaction

from mailboxes.addresses import Address
from mailboxes.composing import AttachmentUpload
from mailboxes.drafts import files, keeping
from mailboxes.filenames import safe_filename
from mailboxes.mime.attachments import AttachmentPart
from mailboxes.models import Draft, OutgoingMessage
from mailboxes.openers import Closed, open_sent
from mailboxes.parsing import Unreadable, attachment_content
from mailboxes.smime.sent import SentSmime
from mailboxes.writing.forwarding import block_of_sent, forward_subject
from mailhub.lib.html import text_to_html
from mailhub.lib.ids import new_id
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Content:
    """What a person wrote, as far as the bytes that were to be sent tell, without the signature below it."""

    text: str
    html: str
    attachments: tuple[AttachmentUpload, ...]


def content_of(outgoing: OutgoingMessage) -> Content | None:
    """Return the content of a message of ours; None where it is gone, and for security mail (SPEC T8)."""
    content = _as_sent(outgoing)
    return None if content is None else replace(content, html=_SIGNATURE.sub("", content.html, count=1))


def copy_into_draft(outgoing: OutgoingMessage, *, author: Membership, now: datetime) -> Draft | None:
    """Begin a new letter of `author` that says what a message of ours said; None where its content is gone."""
    content = content_of(outgoing)
    return None if content is None else write_draft(outgoing, content, author=author, draft_id=new_id(), now=now)


def forward_in_draft(outgoing: OutgoingMessage, *, author: Membership, zone: tzinfo, now: datetime) -> Draft | None:
    """Begin a new letter of `author` that hands a message of ours on, whole and with its files, to nobody yet.

    None where its content is gone.
    """
    content = _as_sent(outgoing)
    if content is None:
        return None
    block = block_of_sent(outgoing, zone)
    html = f"<p><br></p><p>{text_to_html(block)}</p>{content.html}" if content.html else ""
    handed_on = replace(content, text=f"\n\n{block}\n\n{content.text}", html=html)
    fields = {"to": "", "cc": "", "bcc": "", "subject": forward_subject(outgoing.subject)}
    return write_draft(outgoing, handed_on, author=author, draft_id=new_id(), now=now, **fields)


def _as_sent(outgoing: OutgoingMessage) -> Content | None:
    if outgoing.is_confidential:
        return None
    try:
        opened = open_sent(outgoing)
    except (BlobMissing, Closed, Unreadable):
        return None
    mail = opened.mail
    attachments = tuple(_upload(opened.entity, one) for one in mail.attachments)
    return Content(mail.text, mail.html, attachments)


def write_draft(
    outgoing: OutgoingMessage,
    content: Content,
    *,
    author: Membership,
    draft_id: uuid.UUID | None = None,
    now: datetime,
    **changes: str,
) -> Draft:
    """Write a draft to the same people, but for `changes`; with the id of the message unless another one is given."""
    smime = SentSmime.from_json(outgoing.smime)
    fields = {
        "server": str(outgoing.server_id or ""),
        "to": _line(outgoing.to),
        "cc": _line(outgoing.cc),
        "bcc": _line(outgoing.bcc),
        "subject": outgoing.subject,
        "body": content.html or content.text,
        "body_format": "html" if content.html else "text",
        # What was to leave encrypted does not leave in clear because it was taken back (SPEC M18).
        "is_signed": "on" if smime.is_signed else "",
        "is_encrypted": "on" if smime.is_encrypted else "",
        "decided": "is_signed is_encrypted",
        **changes,
    }
    # It is new mail: what it answered is quoted in it, and the conversation may go with it.
    place = keeping.Place(mailbox=outgoing.mailbox, server=outgoing.server)
    with transaction.atomic():
        draft = keeping.save(draft_id or outgoing.pk, place, fields, author=author, page=keeping.Page(), now=now)
        if content.attachments:
            files.attach(draft, content.attachments)
    return draft


def _upload(raw: bytes, part: AttachmentPart) -> AttachmentUpload:
    filename = safe_filename(part.filename, f"attachment-{part.position}")
    return AttachmentUpload(filename, part.content_type, attachment_content(raw, part.position))


def _line(people: list[list[str]]) -> str:
    return ", ".join(str(Address(name, address)) for name, address in people)


# It stands between what was typed and what was quoted (mailboxes.writing.signatures).
_SIGNATURE = re.compile(
    r'\n<div class="mailhub-signature".*?</div>(?=\s*\Z|\n<p>[^\n]*</p>\n<blockquote style=)', re.DOTALL
)
