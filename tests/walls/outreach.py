"""What is sent to contacts from a mailbox: a sequence with a step, a contact on the way through it, and its mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mailboxes.models import Conversation, OutgoingMessage
from mailhub.tenancy.models import Membership
from sequences.models import (
    Contact,
    Enrollment,
    EnrollmentBatch,
    EnrollmentEvent,
    SendingCount,
    SendingLimit,
    Sequence,
    Step,
    StepSend,
    TrackedLink,
    TrackingHit,
    Variant,
)
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Outreach:
    """One row of each kind; who may not use the mailbox sees none of them."""

    sequence: Sequence
    step: Step
    variant: Variant
    enrollment: Enrollment
    send: StepSend
    link: TrackedLink
    # Somebody is about to be added.
    batch: EnrollmentBatch


def make_outreach(
    server: OutgoingServer,
    conversation: Conversation,
    sent: OutgoingMessage,
    contact: Contact,
    *,
    writer: Membership,
    label: str,
    at: datetime,
) -> Outreach:
    """Add a sequence that is paused, so that nothing leaves by itself while the walls are tried."""
    common: dict[str, Any] = {"tenant": server.tenant}
    sequence = Sequence.objects.create(
        name=label, author=writer, server=server, state=Sequence.State.PAUSED, created_at=at, changed_at=at, **common
    )
    step = Step.objects.create(sequence=sequence, position=1, created_at=at, **common)
    variant = Variant.objects.create(step=step, label="A", subject=label, html=label, changed_at=at, **common)
    enrollment = Enrollment.objects.create(
        sequence=sequence,
        contact=contact,
        server=server,
        step=step,
        state=Enrollment.State.PAUSED,
        conversation=conversation,
        added_by=writer,
        added_at=at,
        changed_at=at,
        **common,
    )
    send = StepSend.objects.create(
        enrollment=enrollment,
        sequence=sequence,
        contact=contact,
        step=step,
        variant=variant,
        server=server,
        outgoing_message=sent,
        submitted_at=at,
        sent_at=at,
        **common,
    )
    Enrollment.objects.filter(pk=enrollment.pk).update(last_send=send)
    EnrollmentEvent.objects.create(
        enrollment=enrollment, kind=EnrollmentEvent.Kind.PAUSED, words=label, membership=writer, at=at, **common
    )
    SendingLimit.objects.create(server=server, per_day=50, changed_at=at, **common)
    SendingCount.objects.create(
        scope=SendingCount.Scope.MAILBOX,
        key=str(server.mailbox_id),
        period=at.date().isoformat(),
        count=1,
        ends_at=at + timedelta(days=2),
        **common,
    )
    link = TrackedLink.objects.create(
        sequence=sequence, url="https://shop.example/", url_sha256=label.ljust(64, "0"), **common
    )
    TrackingHit.objects.create(
        send=send, link=link, kind=TrackingHit.Kind.CLICK, visitor=TrackingHit.Visitor.HUMAN, at=at, **common
    )
    batch = EnrollmentBatch.objects.create(
        sequence=sequence,
        deed=EnrollmentBatch.Deed.ADD,
        choice={"kind": "named", "ids": [str(contact.pk)]},
        server=server,
        words=label,
        created_by=writer,
        created_at=at,
        **common,
    )
    return Outreach(
        sequence=sequence, step=step, variant=variant, enrollment=enrollment, send=send, link=link, batch=batch
    )
