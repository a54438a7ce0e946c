"""The outbox: everything that leaves is submitted here, and stands here until each recipient is settled."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from mailboxes import tasks
from mailboxes.addresses import Address
from mailboxes.composing import Composition, compose
from mailboxes.describing import pairs
from mailboxes.identifiers import identifier_key
from mailboxes.identities import Identity, identity_for
from mailboxes.models import Conversation, Delivery, Mailbox, OutgoingMessage, SentIdentifier
from mailboxes.reply_tokens import reply_address
from mailhub.lib.html import snippet
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Submission:
    """What goes into the outbox, beside the mail itself."""

    # Chosen by whoever submits: submitting the same id again changes nothing and returns the first message.
    id: uuid.UUID
    server: OutgoingServer
    composition: Composition
    origin: OutgoingMessage.Origin
    conversation: Conversation | None = None
    written_by: Membership | None = None
    # Recipients that no header names (SPEC M20).
    blind_copies: tuple[Address, ...] = ()
    is_confidential: bool = False
    # MAIL FROM:<>, so that no report and no answer comes back (RFC 3834 §3.3); with our own address where a server
    # refuses that.
    has_null_sender: bool = False


@dataclass(frozen=True)
class Prepared:
    """A submission whose bytes are on the disk; nothing names them yet."""

    submission: Submission
    mail_from: str
    digest: str
    size: int


def submit(submission: Submission, *, now: datetime) -> OutgoingMessage:
    """Write the complete bytes and the envelope, and ring the worker once that is committed.

    Raises CompositionRefused when the mail cannot be built; then nothing is in the outbox.
    """
    existing = OutgoingMessage.objects.filter(pk=submission.id).first()
    if existing is not None:
        return existing
    return submit_prepared(prepare(submission), now=now)


def prepare(submission: Submission) -> Prepared:
    """Write the complete bytes, before a transaction is open: that waits for the disk. Raises CompositionRefused."""
    identity = identity_for(
        submission.server, submission.composition, is_probe=submission.origin == OutgoingMessage.Origin.PROBE
    )
    composition = replace(submission.composition, from_=identity.from_, reply_to=identity.reply_to)
    submission = replace(submission, composition=composition)
    raw = compose(composition)
    digest = blobs.put(submission.server.tenant_id, raw)
    return Prepared(submission, _mail_from(submission, identity), digest, len(raw))


def _mail_from(submission: Submission, identity: Identity) -> str:
    """Return the envelope sender; at a direct address it is signed, so that a bounce says by itself what bounced."""
    if submission.has_null_sender:
        return ""
    mailbox = submission.server.mailbox
    if identity.mail_from == mailbox.direct_address and submission.origin != OutgoingMessage.Origin.PROBE:
        return reply_address(mailbox, submission.id)
    return identity.mail_from


def submit_prepared(prepared: Prepared, *, conversation: Conversation | None = None, now: datetime) -> OutgoingMessage:
    """Write the rows of what was prepared, also within the transaction that opened its conversation, and ring."""
    submission = prepared.submission
    if conversation is not None:
        submission = replace(submission, conversation=conversation)
    existing = OutgoingMessage.objects.filter(pk=submission.id).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        outgoing = _create_message(submission, prepared.mail_from, prepared.digest, prepared.size, now=now)
        _create_deliveries(outgoing, _recipients(submission), now=now)
        # Neither probes nor security mail leave a trace at the mailbox that they go through.
        if submission.origin != OutgoingMessage.Origin.PROBE and not submission.is_confidential:
            Mailbox.objects.filter(pk=outgoing.mailbox_id, first_mail_at=None).update(first_mail_at=now)
        tasks.deliver.ring(outgoing.tenant_id, outgoing.server_id)
    return outgoing


def retry(delivery: Delivery, *, now: datetime) -> bool:
    """Send once more to one recipient whose delivery failed or is uncertain, because a person said so.

    False when the delivery is in no such state (any more), or its bytes are destroyed (security mail, SPEC T8).
    """
    again = Delivery.objects.filter(pk=delivery.pk, state__in=[Delivery.State.FAILED, Delivery.State.UNCERTAIN])
    again = again.exclude(outgoing_message__raw_sha256="")
    with transaction.atomic():
        if not again.update(state=Delivery.State.QUEUED, not_before=now, attempt=None, settled_at=None):
            return False
        tasks.deliver.ring(delivery.tenant_id, delivery.server_id)
    return True


def make_due(server: OutgoingServer, *, now: datetime) -> None:
    """Try what waits for this server at once, as if nothing had failed: its settings are others now."""
    with transaction.atomic():
        server.make_due(now=now)
        _wake(server, now=now)


def try_again(server: OutgoingServer, *, now: datetime) -> None:
    """Try what waits for this server at once, because a person asks; a pause ends."""
    with transaction.atomic():
        server.try_again(now=now)
        _wake(server, now=now)


def _wake(server: OutgoingServer, *, now: datetime) -> None:
    # All of it has waited only since now: what was switched off until this moment raises no alarm. `not_before` is when
    # a server is tried again and nothing that a person chose: whoever is woken early may be refused once more, or put
    # off once more by the daily limit of the platform's server.
    Delivery.objects.filter(server=server, state__in=Delivery.WAITING).update(not_before=now)
    tasks.deliver.ring(server.tenant_id, server.pk)


def _create_message(
    submission: Submission, mail_from: str, digest: str, size: int, *, now: datetime
) -> OutgoingMessage:
    composition, server = submission.composition, submission.server
    outgoing = OutgoingMessage.objects.create(
        id=submission.id,
        tenant_id=server.tenant_id,
        mailbox_id=server.mailbox_id,
        server=server,
        conversation=submission.conversation,
        origin=submission.origin,
        written_by=submission.written_by,
        message_id=composition.message_id,
        mail_from=mail_from,
        from_name=composition.from_.display_name,
        from_address=composition.from_.addr_spec,
        to=pairs(composition.to),
        cc=pairs(composition.cc),
        subject="" if submission.is_confidential else composition.subject[:500],
        snippet="" if submission.is_confidential else snippet(composition.text, 140),
        attachment_names=[one.filename for one in composition.attachments],
        raw_sha256=digest,
        size=size,
        created_at=now,
        is_confidential=submission.is_confidential,
    )
    SentIdentifier.objects.create(
        tenant_id=outgoing.tenant_id,
        outgoing_message=outgoing,
        mailbox_id=outgoing.mailbox_id,
        key=identifier_key(outgoing.message_id),
        text=outgoing.message_id,
    )
    return outgoing


def _recipients(submission: Submission) -> list[str]:
    composition = submission.composition
    everyone: Sequence[Address] = (*composition.to, *composition.cc, *submission.blind_copies)
    # One copy for each address, however often it is named.
    return list({one.addr_spec.lower(): one.addr_spec for one in everyone}.values())


def _create_deliveries(outgoing: OutgoingMessage, recipients: Sequence[str], *, now: datetime) -> None:
    Delivery.objects.bulk_create(
        Delivery(
            tenant_id=outgoing.tenant_id,
            outgoing_message=outgoing,
            server_id=outgoing.server_id,
            recipient=recipient,
            not_before=now,
        )
        for recipient in recipients
    )
