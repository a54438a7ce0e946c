"""Mails of sequences as reports count them, made without sending any."""

from datetime import datetime
from typing import Any

from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, Sequence, Step, StepSend
from tests.sequences.factories import enroll, make_contact


def make_sends(
    sequence: Sequence, count: int, *, at: datetime, step: Step | None = None, label: str = "A", **marks: Any
) -> list[StepSend]:
    """Add contacts whose mail of a step, of the text with this label, was sent at `at`, unless `marks` say else."""
    with tenant_scope(sequence.tenant_id):
        step = step or sequence.steps.first()
        assert step is not None
        variant = step.variants.get(label=label)
        return [
            make_send(
                enroll(sequence, make_contact(sequence.tenant), added_at=at), step, variant=variant, at=at, **marks
            )
            for _number in range(count)
        ]


def make_send(enrollment: Enrollment, step: Step, *, at: datetime, **marks: Any) -> StepSend:
    """Add the mail of a step to one contact."""
    values = {"server": enrollment.server, "submitted_at": at, "sent_at": at, **marks}
    with tenant_scope(enrollment.tenant_id):
        send: StepSend = StepSend.objects.create(
            tenant_id=enrollment.tenant_id,
            enrollment=enrollment,
            sequence=enrollment.sequence,
            contact=enrollment.contact,
            step=step,
            **values,
        )
    return send
