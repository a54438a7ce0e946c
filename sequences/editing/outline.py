"""The steps of a sequence as its page shows them: when each comes, what it says, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from collections.abc import Sequence as Listed
from dataclasses import dataclass

from django.db.models import Count, Q

from mailboxes.composing import reply_subject
from mailhub.lib.html import html_to_text, snippet
from sequences.editing.steps import UNDER_WAY
from sequences.models import Enrollment, Sequence, Step, StepSend, Variant

_DAYS_OF_WEEK = 7
_HOURS_OF_DAY = 24


@dataclass(frozen=True)
class Numbers:
    """What came of the mails of one text."""

    sent: int = 0
    replied: int = 0

    @property
    def reply_percent(self) -> int:
        return round(100 * self.replied / self.sent) if self.sent else 0


@dataclass(frozen=True)
class VariantLine:
    """A text of a step, and how many of a hundred contacts get it."""

    variant: Variant
    percent: int
    # Of the mail before, where this one stays in its thread.
    thread_subject: str
    beginning: str
    numbers: Numbers


@dataclass(frozen=True)
class StepLine:
    """A step; `day` counts from the day on which a contact is added, and is about right where `is_about`."""

    step: Step
    number: int
    day: int
    is_about: bool
    variants: tuple[VariantLine, ...]
    waiting: int
    is_last: bool

    @property
    def wait_words(self) -> str:
        return wait_in_words(self.step)

    @property
    def has_several(self) -> bool:
        return len(self.variants) > 1

    @property
    def has_active(self) -> bool:
        return any(one.variant.is_active for one in self.variants)


@dataclass
class _Clock:
    """How much time has passed on paper."""

    days_with_hours: int
    hours: int = 0
    is_about: bool = False

    def pass_by(self, step: Step) -> None:
        if step.unit == Step.Unit.SENDING_DAYS and step.delay:
            # So many days of the week have hours, so that days without are passed too.
            days = -(-step.delay * _DAYS_OF_WEEK // max(1, self.days_with_hours))
            self.hours += days * _HOURS_OF_DAY
            self.is_about = True
            return
        self.hours += step.delay * (1 if step.unit == Step.Unit.HOURS else _HOURS_OF_DAY)


def steps_of(sequence: Sequence) -> list[StepLine]:
    """Return the steps in their order; four queries, however many there are."""
    rows = sequence.steps.filter(removed_at=None).order_by("position", "id")
    steps = list(rows.prefetch_related("variants"))
    numbers = _numbers(sequence) if steps else {}
    waiting = _waiting(sequence) if steps else {}
    clock = _Clock(sum(1 for day in sequence.week if day))
    thread = _Thread()
    lines = []
    for number, step in enumerate(steps, start=1):
        clock.pass_by(step)
        variants = list(step.variants.all())
        lines.append(
            StepLine(
                step=step,
                number=number,
                day=clock.hours // _HOURS_OF_DAY,
                is_about=clock.is_about,
                variants=tuple(_variant_lines(variants, thread.subject, numbers)),
                waiting=waiting.get(step.pk, 0),
                is_last=number == len(steps),
            )
        )
        thread.go_on(variants)
    return lines


def thread_before(lines: Listed[StepLine], position: int) -> str:
    """Return the subject under which a mail without one of its own would go out at this position; "" for none."""
    thread = _Thread()
    for line in lines:
        if line.number < position:
            thread.go_on(one.variant for one in line.variants)
    return thread.subject


def wait_in_words(step: Step) -> str:
    """Return "3 days", "1 sending day"; "" where a step follows at once."""
    if not step.delay:
        return ""
    unit = Step.Unit(step.unit).label
    return f"{step.delay} {unit if step.delay > 1 else unit.removesuffix('s')}"


@dataclass
class _Thread:
    """The subject under which the next mail without one of its own goes out."""

    subject: str = ""

    def go_on(self, variants: Iterable[Variant]) -> None:
        new = next((one.subject for one in variants if one.is_active and one.subject), "")
        if new:
            self.subject = reply_subject(new)


def _variant_lines(
    variants: Listed[Variant], thread_subject: str, numbers: dict[uuid.UUID, Numbers]
) -> Iterable[VariantLine]:
    weights = sum(one.weight for one in variants if one.is_active)
    for one in variants:
        yield VariantLine(
            variant=one,
            percent=round(100 * one.weight / weights) if one.is_active and weights else 0,
            thread_subject="" if one.subject else thread_subject,
            beginning=snippet(html_to_text(one.html), 180),
            numbers=numbers.get(one.pk, Numbers()),
        )


def _numbers(sequence: Sequence) -> dict[uuid.UUID, Numbers]:
    rows = StepSend.objects.filter(sequence=sequence, variant__isnull=False, sent_at__isnull=False)
    counted = rows.values("variant").annotate(sent=Count("pk"), replied=Count("pk", filter=Q(replied_at__isnull=False)))
    return {one["variant"]: Numbers(one["sent"], one["replied"]) for one in counted.order_by()}


def _waiting(sequence: Sequence) -> dict[uuid.UUID, int]:
    rows = Enrollment.objects.filter(sequence=sequence, state__in=UNDER_WAY, step__isnull=False)
    return {one["step"]: one["count"] for one in rows.values("step").annotate(count=Count("pk")).order_by()}
