"""Discard filters, limits on attachments, and mail that goes against them."""

from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from mailboxes.models import AttachmentPolicy, DiscardFilter, Mailbox
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.mailboxes.mail.factories import make_raw

PE = b"MZ\x90\x00\x03\x00" + bytes(60) + b"PE\x00\x00" + b"program" * 20
PDF = b"%PDF-1.7\n%a letter\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


def make_filter(mailbox: Mailbox, **fields: Any) -> DiscardFilter:
    """Make an active filter of subjects that contain "offer", unless `fields` say something else."""
    values = {
        "field": DiscardFilter.Field.SUBJECT,
        "operator": DiscardFilter.Operator.CONTAINS,
        "value": "offer",
        "position": 1,
        "created_at": clock.now(),
        **fields,
    }
    with tenant_scope(mailbox.tenant_id):
        return DiscardFilter.objects.create(tenant_id=mailbox.tenant_id, mailbox=mailbox, **values)


def make_policy(mailbox: Mailbox, **fields: Any) -> AttachmentPolicy:
    with tenant_scope(mailbox.tenant_id):
        return AttachmentPolicy.objects.create(tenant_id=mailbox.tenant_id, mailbox=mailbox, **fields)


def make_fresh(**fields: Any) -> EmailMessage:
    """Make a mail of this minute: what is older sets off nothing automatic."""
    mail = make_raw(**fields)
    mail.replace_header("Date", format_datetime(clock.now()))
    return mail


def with_files(*files: tuple[str, bytes], **fields: Any) -> EmailMessage:
    """Make a mail with attachments; each is a name and its content."""
    mail = make_fresh(**fields)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail
