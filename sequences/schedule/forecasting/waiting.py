"""Who waits for which step, counted by the database."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, cast

from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Least

from sequences.models import Enrollment, Sequence, Step
from sequences.schedule.forecasting.calendars import Calendar
from sequences.schedule.forecasting.simulating import Cohort

_State = Enrollment.State


def steps_of(sequences: Collection[Sequence]) -> dict[uuid.UUID, list[Step]]:
    """Return the steps of each sequence in order, those that were taken out among them."""
    steps: defaultdict[uuid.UUID, list[Step]] = defaultdict(list)
    for one in Step.objects.filter(sequence__in=sequences).order_by("position", "id"):
        steps[one.sequence_id].append(one)
    return dict(steps)


def waiting_of(
    sequence: Sequence, others: Collection[Sequence], servers: Collection[uuid.UUID]
) -> QuerySet[Enrollment]:
    """Return the enrollments whose mail is to come: of the sequence, and of others through the same servers."""
    goes_on = Q(state=_State.ACTIVE, due_at__isnull=False) | Q(state=_State.PAUSED, paused_until__isnull=False)
    mine = goes_on
    if sequence.state == Sequence.State.DRAFT:
        # Nothing is due before it starts.
        mine = Q(state=_State.ACTIVE)
    return Enrollment.objects.filter(Q(mine, sequence=sequence) | Q(goes_on, sequence__in=others), server__in=servers)


def by_cohort(
    waiting: QuerySet[Enrollment], steps: Mapping[uuid.UUID, list[Step]], calendar: Calendar
) -> dict[Cohort, Counter[int]]:
    """Return how many wait in each cohort by the day on which their mail is due; what is overdue is due today."""
    # One count for each day, of all that is due by its end.
    until = {f"due_{day}": Count("pk", filter=Q(due=None) | Q(due__lt=end)) for day, end in enumerate(calendar.ends)}
    rows = (
        waiting.annotate(due=Case(When(state=_State.PAUSED, then=F("paused_until")), default=F("due_at")))
        .order_by()
        .values("sequence_id", "server_id", "step_id")
        .annotate(**until)
    )
    numbers = {one: _numbers(found) for one, found in steps.items()}
    cohorts: defaultdict[Cohort, Counter[int]] = defaultdict(Counter)
    for row in cast("Iterable[dict[str, Any]]", rows):
        step = numbers.get(row["sequence_id"], {}).get(row["step_id"])
        if step is None:
            continue
        before = 0
        for day in range(len(calendar.ends)):
            due = row[f"due_{day}"]
            cohorts[Cohort(row["sequence_id"], row["server_id"], step)][day] += due - before
            before = due
    return dict(cohorts)


def room_of_domains(waiting: QuerySet[Enrollment], per_day: int) -> int:
    """Return how many mails a day may go to all domains together, if each gets as many as it may and has contacts."""
    domains = waiting.order_by().values("contact__domain").annotate(contacts=Count("pk"))
    return domains.aggregate(room=Sum(Least(F("contacts"), Value(per_day))))["room"] or 0


def _numbers(steps: list[Step]) -> dict[uuid.UUID | None, int]:
    """Return the number of each step among those that are sent; of one that was taken out, that of the next."""
    numbers: dict[uuid.UUID | None, int] = {}
    number = 0
    last = sum(one.removed_at is None for one in steps)
    for one in steps:
        if number < last:
            numbers[one.pk] = number
            # Whoever was added to a draft may have none yet, and begins with the first.
            numbers.setdefault(None, number)
        number += one.removed_at is None
    return numbers
