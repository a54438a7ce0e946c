"""The outbox: everything that leaves is submitted here, and stands here until each recipient is settled."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from mailboxes import protection, searching, tasks
from mailboxes.addresses import Address
from mailboxes.composing import Composition, compose
from mailboxes.describing import pairs
from mailboxes.identifiers import identifier_key
from mailboxes.identities import Identity, identity_for
from mailboxes.models import BlindCopyAddress, Conversation, Delivery, Mailbox, OutgoingMessage, SentIdentifier
from mailboxes.reply_tokens import reply_address
from mailboxes.smime.sent import SentSmime
from mailboxes.smime.states import ENCRYPTED_SNIPPET
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
    # Recipients that no header names, as whoever submits chose them; those of the mailbox come on top (SPEC M20).
    bcc: tuple[Address, ...] = ()
    # Nothing is handed over before: the time to undo, or what a person chose (`is_scheduled`). None leaves at once.
    send_at: datetime | None = None
    is_scheduled: bool = False
    # Nothing is handed over from then on. Whoever submits looks after what is left over.
    leave_by: datetime | None = None
    # Leave it, if somebody else writes in the conversation before.
    is_held_by_replies: bool = False
    is_confidential: bool = False
    # S/MIME (SPEC M18); what is asked and not possible is refused.
    is_signed: bool = False
    is_encrypted: bool = False
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
    smime: SentSmime


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
    raw, smime = _protected(compose(composition), submission)
    digest = blobs.put(submission.server.tenant_id, raw)
    return Prepared(submission, _mail_from(submission, identity), digest, len(raw), smime)


def _protected(raw: bytes, submission: Submission) -> tuple[bytes, SentSmime]:
    """Return the bytes that leave: in clear only if nobody asked for anything else."""
    if not submission.is_signed and not submission.is_encrypted:
        return raw, SentSmime()
    composition = submission.composition
    recipients = (*composition.to, *composition.cc)
    possible = protection.possible(submission.server, recipients, bcc=submission.bcc, now=composition.date)
    return protection.protect(
        raw,
        possible,
        is_signed=submission.is_signed,
        is_encrypted=submission.is_encrypted,
        at=composition.date,
    )


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
        outgoing = _create_message(prepared, submission, now=now)
        _create_deliveries(outgoing, submission, now=now)
        searching.index_sent(outgoing, submission.composition.text)
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
    return _send_again(delivery.outgoing_message, again, now=now) == 1


def retry_failed(outgoing: OutgoingMessage, *, now: datetime) -> int:
    """Send once more to everyone whom the message did not reach for certain; return to how many.

    Those of whom nobody knows whether they have it are asked about one by one.
    """
    return _send_again(outgoing, Delivery.objects.filter(state=Delivery.State.FAILED), now=now)


def _send_again(outgoing: OutgoingMessage, deliveries: QuerySet[Delivery], *, now: datetime) -> int:
    if not outgoing.raw_sha256 or outgoing.server_id is None:
        return 0
    with transaction.atomic():
        # Security mail may have been destroyed since it was looked at.
        again = deliveries.filter(outgoing_message=outgoing, server=outgoing.server_id)
        count = again.exclude(outgoing_message__raw_sha256="").update(
            state=Delivery.State.QUEUED,
            not_before=max(now, outgoing.send_at or now),
            attempt=None,
            settled_at=None,
            settled_by=None,
        )
        if count:
            # Whoever sends it again answers for it, so nobody asks any more whether its author still may.
            OutgoingMessage.objects.filter(pk=outgoing.pk).update(is_scheduled=False, leave_by=None)
            tasks.deliver.ring(outgoing.tenant_id, outgoing.server_id)
    return count


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
    # All of it has waited only since now: what was switched off until this moment raises no alarm. Whoever is woken
    # early may be refused once more, or put off once more by the daily limit of the platform's server. What a person
    # chose for later stays as it is.
    is_for_later = Exists(OutgoingMessage.objects.filter(pk=OuterRef("outgoing_message"), send_at__gt=now))
    Delivery.objects.filter(~is_for_later, server=server, state__in=Delivery.WAITING).update(not_before=now)
    tasks.deliver.ring(server.tenant_id, server.pk)


def _create_message(prepared: Prepared, submission: Submission, *, now: datetime) -> OutgoingMessage:
    composition, server = submission.composition, submission.server
    # Of encrypted mail nothing stands in the database unsealed.
    beginning = ENCRYPTED_SNIPPET if submission.is_encrypted else snippet(composition.text, 140)
    outgoing = OutgoingMessage.objects.create(
        id=submission.id,
        tenant_id=server.tenant_id,
        mailbox_id=server.mailbox_id,
        server=server,
        conversation=submission.conversation,
        origin=submission.origin,
        written_by=submission.written_by,
        message_id=composition.message_id,
        mail_from=prepared.mail_from,
        from_name=composition.from_.display_name,
        from_address=composition.from_.addr_spec,
        to=pairs(composition.to),
        cc=pairs(composition.cc),
        bcc=pairs(submission.bcc),
        subject="" if submission.is_confidential else composition.subject[:500],
        snippet="" if submission.is_confidential else beginning,
        attachment_names=[] if submission.is_confidential else [one.filename for one in composition.attachments],
        raw_sha256=prepared.digest,
        size=prepared.size,
        created_at=now,
        send_at=submission.send_at,
        leave_by=submission.leave_by,
        is_scheduled=submission.is_scheduled,
        is_held_by_replies=submission.is_held_by_replies,
        is_confidential=submission.is_confidential,
        smime=prepared.smime.as_json(),
    )
    SentIdentifier.objects.create(
        tenant_id=outgoing.tenant_id,
        outgoing_message=outgoing,
        mailbox_id=outgoing.mailbox_id,
        key=identifier_key(outgoing.message_id),
        text=outgoing.message_id,
    )
    return outgoing


def _create_deliveries(outgoing: OutgoingMessage, submission: Submission, *, now: datetime) -> None:
    named = _recipients(submission)
    copies = {address.lower(): address for address in _copied_to(submission)}
    everyone = [(one, False) for one in named.values()]
    everyone += [(one, True) for key, one in copies.items() if key not in named]
    Delivery.objects.bulk_create(
        Delivery(
            tenant_id=outgoing.tenant_id,
            outgoing_message=outgoing,
            server_id=outgoing.server_id,
            recipient=recipient,
            is_blind_copy=is_blind_copy,
            not_before=submission.send_at or now,
        )
        for recipient, is_blind_copy in everyone
    )


def _recipients(submission: Submission) -> dict[str, str]:
    composition = submission.composition
    everyone: Sequence[Address] = (*composition.to, *composition.cc, *submission.bcc)
    # One copy for each address, however often it is named.
    return {one.addr_spec.lower(): one.addr_spec for one in everyone}


def _copied_to(submission: Submission) -> Sequence[str]:
    """Return who gets a copy of all mail of the mailbox: not of what checks it, and not of security mail."""
    if submission.is_confidential or submission.origin == OutgoingMessage.Origin.PROBE:
        return ()
    rows = BlindCopyAddress.objects.filter(mailbox=submission.server.mailbox_id)
    return list(rows.values_list("address", flat=True))
