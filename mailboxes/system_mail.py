"""Mail of mailhub itself goes into an outbox like all other (SPEC T8): sign-up codes, password resets, news.

It leaves through the default mailbox of the person's segment. Strangers, people of several accounts, and everyone whose
segment cannot send get it through the platform's server; so does what the tenant's own server did not take.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.mail import EmailAttachment, EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from mailboxes import outbox, segments
from mailboxes.addresses import Address, parse_address_list
from mailboxes.automatic.marks import machine_fields
from mailboxes.composing import AttachmentUpload, Composition
from mailboxes.identifiers import new_message_id
from mailboxes.models import Delivery, OutgoingMessage
from mailboxes.parsing import parse
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from servers.models.outgoing import Transport

log = logging.getLogger(__name__)

# As whom it marks its mail against loops.
_SENDER = "mailhub itself"
# Makes the id of the mail that takes the place of one that failed: submitting it a second time changes nothing.
_IN_PLACE_OF = uuid.UUID("0c5de0d7-3f0c-4f0f-9f0e-6f4e7b6f6a51")


class PlatformNotReady(Exception):
    """The operator has not run `manage.py ensure_platform`, so system mail has no server."""


class OutboxEmailBackend(BaseEmailBackend):
    """Submits each message as confidential machine mail."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            submit_prepared(prepare(message), now=clock.now())
        return len(email_messages)


class PlatformEmailBackend(BaseEmailBackend):
    """Submits each message through the operator's own server, whoever it is for: what the operator says to a customer.

    A row of the outbox stands or falls with the transaction around the caller. The platform's own outbox has no limit a
    day: PLATFORM_DAILY_LIMIT counts what accounts send through it.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            submit_prepared(_prepared_by(platform_server(), message), now=clock.now())
        return len(email_messages)


def prepare(message: EmailMessage) -> outbox.Prepared:
    """Write the bytes of mail of mailhub itself, before a transaction is open: that waits for the disk."""
    return _prepared_by(server_for(message.recipients()) or platform_server(), message)


def submit_prepared(prepared: outbox.Prepared, *, now: datetime) -> OutgoingMessage:
    """Put what was prepared into the outbox of the account that it leaves through."""
    with tenant_scope(prepared.submission.server.tenant_id):
        return outbox.submit_prepared(prepared, now=now)


def platform_server() -> OutgoingServer:
    """Return the platform's own server; raise PlatformNotReady before `ensure_platform` was run."""
    tenant = Tenant.objects.filter(is_platform=True).first()
    if tenant is None:
        raise PlatformNotReady("Run `manage.py ensure_platform`: system mail has no server yet.")
    with tenant_scope(tenant.pk):
        return OutgoingServer.objects.get(is_default=True)


def server_for(recipients: Sequence[str]) -> OutgoingServer | None:
    """Return the tenant's own server that mail to these recipients leaves through; None for the platform's.

    Only mail to one person who belongs to exactly one account: nobody else's account may see that there is such mail.
    """
    if len(recipients) != 1:
        return None
    address = recipients[0].strip().lower()
    memberships = list(Membership.objects.filter(user__email=address, is_active=True)[:2])
    if len(memberships) != 1:
        return None
    with tenant_scope(memberships[0].tenant_id):
        mailbox = segments.default_mailbox_of(memberships[0])
        servers = OutgoingServer.objects.sending().filter(mailbox=mailbox, is_default=True, transport=Transport.SMTP)
        # One that fails or pauses would keep people waiting for their codes.
        found: OutgoingServer | None = servers.filter(failure_count=0, paused_at=None).first()
    return found


def fall_back(outgoing: OutgoingMessage, *, now: datetime) -> None:
    """Send security mail that a tenant's own server did not take through the platform, once.

    Nothing arrives twice: only what failed is sent, and a mail that may have arrived (uncertain) is not.
    """
    if outgoing.origin != OutgoingMessage.Origin.SYSTEM or not outgoing.is_confidential or not outgoing.raw_sha256:
        return
    platform = platform_server()
    if outgoing.tenant_id == platform.tenant_id:
        return
    failed = Delivery.objects.filter(outgoing_message=outgoing, state=Delivery.State.FAILED)
    recipients = _addresses(list(failed.values_list("recipient", flat=True)))
    if not recipients:
        return
    try:
        mail = parse(outgoing.raw())
    except BlobMissing:
        log.exception("The bytes of system mail %s are missing: it cannot be sent through the platform.", outgoing.pk)
        return
    composition = _composition(platform, to=recipients, subject=mail.subject, text=mail.text, html=mail.html)
    with tenant_scope(platform.tenant_id):
        again_id = uuid.uuid5(_IN_PLACE_OF, str(outgoing.pk))
        outbox.submit(_confidential(platform, again_id, composition), now=now)


def _prepared_by(server: OutgoingServer, message: EmailMessage) -> outbox.Prepared:
    with tenant_scope(server.tenant_id):
        return outbox.prepare(_submission(server, message))


def _submission(server: OutgoingServer, message: EmailMessage) -> outbox.Submission:
    composition = _composition(
        server,
        to=_addresses(message.to),
        cc=_addresses(message.cc),
        reply_to=_addresses(message.reply_to),
        subject=str(message.subject),
        text=str(message.body),
        html=_html_of(message),
        attachments=tuple(_upload_of(one) for one in message.attachments),
    )
    return _confidential(server, new_id(), composition, bcc=_addresses(message.bcc))


def _composition(
    server: OutgoingServer,
    *,
    to: tuple[Address, ...],
    subject: str,
    text: str,
    html: str,
    cc: tuple[Address, ...] = (),
    reply_to: tuple[Address, ...] = (),
    attachments: tuple[AttachmentUpload, ...] = (),
) -> Composition:
    return Composition(
        from_=Address(server.display_name, server.from_address),
        to=to,
        cc=cc,
        reply_to=reply_to,
        subject=subject,
        text=text,
        html=html,
        attachments=attachments,
        message_id=new_message_id(server.from_address.rpartition("@")[2]),
        date=clock.now(),
        # RFC 3834 §5: nobody shall answer it automatically.
        extra_headers=machine_fields("auto-generated", of=_SENDER),
    )


def _confidential(
    server: OutgoingServer, message_id: uuid.UUID, composition: Composition, *, bcc: tuple[Address, ...] = ()
) -> outbox.Submission:
    return outbox.Submission(
        id=message_id,
        server=server,
        composition=composition,
        origin=OutgoingMessage.Origin.SYSTEM,
        bcc=bcc,
        is_confidential=True,
    )


def _addresses(values: Sequence[str] | None) -> tuple[Address, ...]:
    return parse_address_list(", ".join(values or ()))


def _html_of(message: EmailMessage) -> str:
    if not isinstance(message, EmailMultiAlternatives):
        return ""
    return next((str(content) for content, kind in message.alternatives if kind == "text/html"), "")


def _upload_of(attachment: Any) -> AttachmentUpload:
    """Return a file that was attached by name, content and type; a part that is built already cannot be attached."""
    if not isinstance(attachment, EmailAttachment):
        raise TypeError(f"System mail carries files, no {type(attachment).__name__}.")
    filename, content, kind = attachment
    octets = content if isinstance(content, bytes) else str(content).encode()
    return AttachmentUpload(filename or "", kind or "application/octet-stream", octets)
