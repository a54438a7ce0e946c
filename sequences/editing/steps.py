"""Adding, moving and taking out steps, also while the sequence runs.

Whoever has got a step keeps it, and nobody gets it twice, wherever it stands afterwards. Everybody goes on behind the
step that they got last, in the order that holds then (sequences.running.placing): what was added or moved behind it
comes to them too, what was added before it does not. So a step that moves before one that somebody got last passes them
by: `passed_by` says how many they are, and people are asked first. Whoever has finished has finished.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError

from sequences.models import Enrollment, Sequence, Step, StepSend, Variant
from sequences.running import replanning
from sequences.running.placing import place
from sequences.stopping.ending import take_back

MOST_STEPS = 30
LONGEST_DELAY = 1000
UNDER_WAY = (Enrollment.State.ACTIVE, Enrollment.State.PAUSED)
_BATCH = 500


class StepRefused(ValueError):
    """The steps cannot be changed in this way; the text says why."""


class Direction(Enum):
    """Where a step is moved to: one place."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Text:
    """What a step says. An empty subject stays in the thread of the mail before."""

    subject: str
    html: str


@dataclass(frozen=True)
class Wait:
    """How long after the mail before; for the first step, after a contact was added."""

    delay: int
    unit: Step.Unit


def add_step(sequence: Sequence, text: Text, wait: Wait, *, at: int | None = None, now: datetime) -> Step:
    """Add a step with one text, as the `at`th or as the last; raise StepRefused."""
    with transaction.atomic():
        steps = _held(sequence)
        if len(steps) >= MOST_STEPS:
            raise StepRefused(f"A sequence has {MOST_STEPS} steps at most.")
        place_of_it = len(steps) if at is None else max(0, min(at - 1, len(steps)))
        if place_of_it == 0 and not text.subject:
            raise StepRefused(NEEDS_SUBJECT)
        step: Step = Step.objects.create(
            tenant_id=sequence.tenant_id,
            sequence=sequence,
            position=place_of_it + 1,
            delay=wait.delay,
            unit=wait.unit,
            created_at=now,
        )
        Variant.objects.create(
            tenant_id=sequence.tenant_id, step=step, label="A", subject=text.subject, html=text.html, changed_at=now
        )
        steps.insert(place_of_it, step)
        _written(sequence, steps, now=now)
    return step


def change_wait(step: Step, wait: Wait, *, now: datetime) -> None:
    """Let a step come sooner or later; whoever waits for it is planned anew."""
    with transaction.atomic():
        steps = _held(step.sequence)
        Step.objects.filter(pk=step.pk).update(delay=wait.delay, unit=wait.unit)
        _written(step.sequence, steps, now=now)


def move_step(step: Step, direction: Direction, *, now: datetime) -> None:
    """Let a step and its neighbour change places; the waits stay where they are. Raises StepRefused.

    Ask `passed_by` before.
    The rhythm of a sequence is that of its places, so that nothing follows at once because two texts were exchanged.
    """
    with transaction.atomic():
        steps = _held(step.sequence)
        here = _place_of(step, steps)
        there = here + (1 if direction == Direction.DOWN else -1)
        if not 0 <= there < len(steps):
            raise StepRefused("It stands there already.")
        waits = [(one.delay, one.unit) for one in steps]
        steps[here], steps[there] = steps[there], steps[here]
        _check_first(steps)
        for one, (delay, unit) in zip(steps, waits, strict=True):
            one.delay, one.unit = delay, unit
        Step.objects.bulk_update([steps[here], steps[there]], ["delay", "unit"])
        _written(step.sequence, steps, now=now)


def passed_by(step: Step, direction: Direction) -> int:
    """Return how many contacts on their way would not get a step any more, if this one were moved."""
    there = step.position + (1 if direction == Direction.DOWN else -1)
    neighbour = Step.objects.filter(sequence=step.sequence_id, removed_at=None, position=there).first()
    if neighbour is None:
        return 0
    got, missed = (step, neighbour) if direction == Direction.DOWN else (neighbour, step)
    has_it = StepSend.objects.filter(enrollment=OuterRef("pk"), step=missed, withdrawn_at=None, failed_at=None)
    behind = Enrollment.objects.filter(~Exists(has_it), sequence=step.sequence_id, state__in=UNDER_WAY)
    return behind.filter(last_send__step=got).count()


def remove_step(step: Step, *, now: datetime) -> None:
    """Take a step out; whoever waits for it goes on with what comes after it. Raises StepRefused.

    What it sent stays in the reports, and what of it was submitted and has not left is taken back. A step that nobody
    got and nobody waits for is deleted.
    """
    with transaction.atomic():
        steps = _held(step.sequence)
        here = _place_of(step, steps)
        left = [one for one in steps if one.pk != step.pk]
        _check_first(left)
        if here == 0 and left and not StepSend.objects.filter(sequence=step.sequence).exists():
            # Nobody counts from a mail before it, so the new first one leaves when this one would have.
            Step.objects.filter(pk=left[0].pk).update(delay=steps[0].delay, unit=steps[0].unit)
        _take_out(step, now=now)
        _written(step.sequence, left, now=now)
    _take_back_mail_of(step, now=now)


def is_in_use(step: Step) -> bool:
    """Whether it was submitted to anybody, or anybody stands at it."""
    return (
        StepSend.objects.filter(step=step).exists()
        or Enrollment.objects.filter(sequence=step.sequence_id, step=step).exists()
    )


def waiting_for(step: Step) -> int:
    """Return how many contacts on their way get this step next."""
    return Enrollment.objects.filter(sequence=step.sequence_id, state__in=UNDER_WAY, step=step).count()


def sent_of(step: Step) -> int:
    """Return how many mails of this step were sent."""
    return StepSend.objects.filter(step=step, sent_at__isnull=False).count()


def _held(sequence: Sequence) -> list[Step]:
    """Lock the sequence, so that two people do not move steps at once, and return its steps in their order."""
    Sequence.objects.select_for_update(of=("self",), no_key=True).get(pk=sequence.pk)
    return list(Step.objects.filter(sequence=sequence, removed_at=None).order_by("position", "id"))


def _place_of(step: Step, steps: Listed[Step]) -> int:
    for number, one in enumerate(steps):
        if one.pk == step.pk:
            return number
    raise StepRefused("Somebody has taken this step out meanwhile.")


def _check_first(steps: Listed[Step]) -> None:
    """There is no mail before the first one whose subject it could have."""
    if steps and steps[0].variants.filter(is_active=True, subject="").exists():
        raise StepRefused(
            f"Step {steps[0].position} would come first, and has a text without a subject, which answers the mail "
            "before. Give it a subject, then try again."
        )


def _take_out(step: Step, *, now: datetime) -> None:
    if not is_in_use(step):
        try:
            with transaction.atomic():
                step.delete()
        except ProtectedError:
            # Somebody was added at this moment, and stands at it.
            pass
        else:
            return
    Step.objects.filter(pk=step.pk).update(removed_at=now)


def _written(sequence: Sequence, steps: Listed[Step], *, now: datetime) -> None:
    """Number the steps from 1 without a gap, and have everybody who waits planned anew."""
    for position, one in enumerate(steps, start=1):
        if one.position != position:
            Step.objects.filter(pk=one.pk).update(position=position)
    Sequence.objects.filter(pk=sequence.pk).update(changed_at=now)
    replanning.ask(sequence)


def _take_back_mail_of(step: Step, *, now: datetime) -> None:
    while ids := _under_way(step):
        with transaction.atomic():
            rows = Enrollment.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True)
            held = list(rows.order_by("pk").values_list("pk", flat=True))
            withdrawn = take_back(held, because="The step was taken out.", now=now)
            place(withdrawn, now=now)
        if not withdrawn:
            # What is left is at its final dot.
            break


def _under_way(step: Step) -> list[uuid.UUID]:
    sends = StepSend.objects.filter(step_id=step.pk, withdrawn_at=None, sent_at=None, failed_at=None, uncertain_at=None)
    return list(sends.values_list("enrollment_id", flat=True)[:_BATCH])


NEEDS_SUBJECT = "The first mail begins the thread, so it needs a subject."
