"""Counts mails in groups; the database counts, and no mail is read for it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, DateTimeField, F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from sequences.models import Enrollment, StepSend, TrackingHit
from sequences.reporting.measures import LEFT, MEASURES, UNCERTAIN, Tally, total
from sequences.reporting.periods import Period

Key = tuple[uuid.UUID | None, ...]


class Split(StrEnum):
    """What the rows of a report are."""

    STEP = "step"
    VARIANT = "variant"
    SERVER = "server"
    SEQUENCE = "sequence"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of StepSend that name a group."""
        return ("step", "variant") if self is Split.VARIANT else (self.value,)


@dataclass(frozen=True)
class Cell:
    """What left on one day in one group, and what became of it until now."""

    key: Key
    on: date
    tally: Tally


@dataclass(frozen=True)
class Machines:
    """How many mails were fetched by programs, which are no people: by proxies and by scanners."""

    opened_by_proxies: int = 0
    opened_by_scanners: int = 0
    clicked_by_proxies: int = 0
    clicked_by_scanners: int = 0


def visible_sends(membership: Membership) -> QuerySet[StepSend]:
    """Return the mails that this person may know of: to contacts whom they see, through mailboxes that they may use.

    A contact may have been moved to one of these since, and what left before that through another stays hidden.
    """
    sends = sends_through_mailboxes_of(membership)
    if membership.sees_every_mailbox:
        return sends
    return sends.filter(enrollment__in=Enrollment.objects.visible_to(membership))


def sends_through_mailboxes_of(membership: Membership) -> QuerySet[StepSend]:
    """Return the mails through mailboxes that this person may use, whoever may see their contacts."""
    sends: QuerySet[StepSend] = StepSend.objects.all()
    if membership.sees_every_mailbox:
        return sends
    return sends.filter(Q(server=None) | Q(server__mailbox__in=Mailbox.objects.visible_to(membership)))


def cells_of(sends: QuerySet[StepSend], split: Split, period: Period) -> list[Cell]:
    """Count what left in a period, by group and day of the zone of the account, in one query.

    Whatever happened to a mail counts on the day on which the mail left, so that the rates of a day add up.
    """
    counted = (
        _left_in(sends, period)
        .values(*split.columns, on=TruncDate("left_at", tzinfo=period.zone))
        .annotate(**{measure.key: Count("pk", filter=measure.condition) for measure in MEASURES})
        .order_by()
    )
    return [
        Cell(
            key=tuple(row[column] for column in split.columns),
            on=row["on"],
            tally=Tally(**{measure.key: row[measure.key] for measure in MEASURES}),
        )
        for row in counted
    ]


def machines_of(sends: QuerySet[StepSend], split: Split, period: Period) -> dict[Key, Machines]:
    """Count the mails that programs fetched, by group, in one query. A mail may count for people besides."""
    hits = TrackingHit.objects.filter(send__in=_left_in(sends, period).filter(LEFT).values("pk"))
    named = {f"key_{column}": F(f"send__{column}") for column in split.columns}
    counted = (
        hits.exclude(visitor=TrackingHit.Visitor.HUMAN)
        .values("kind", "visitor", **named)
        .annotate(count=Count("send", distinct=True))
        .order_by()
    )
    found: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for row in counted:
        key = tuple(row[name] for name in named)
        found[key][_MACHINES[row["kind"], row["visitor"]]] = row["count"]
    return {key: Machines(**numbers) for key, numbers in found.items()}


def by_group(cells: Iterable[Cell]) -> dict[Key, Tally]:
    groups: defaultdict[Key, list[Tally]] = defaultdict(list)
    for cell in cells:
        groups[cell.key].append(cell.tally)
    return {key: total(tallies) for key, tallies in groups.items()}


def by_day(cells: Iterable[Cell]) -> dict[date, Tally]:
    days: defaultdict[date, list[Tally]] = defaultdict(list)
    for cell in cells:
        days[cell.on].append(cell.tally)
    return {day: total(tallies) for day, tallies in days.items()}


def _left_in(sends: QuerySet[StepSend], period: Period) -> QuerySet[StepSend]:
    # Nothing leaves before it was submitted, for which there is an index.
    left: QuerySet[StepSend] = (
        sends.filter(LEFT | UNCERTAIN, submitted_at__lt=period.ends_at)
        .annotate(left_at=Coalesce("sent_at", "bounced_at", "uncertain_at", output_field=DateTimeField()))
        .filter(left_at__gte=period.starts_at, left_at__lt=period.ends_at)
    )
    return left


_OPEN, _CLICK = TrackingHit.Kind.OPEN, TrackingHit.Kind.CLICK
_PROXY, _SCANNER = TrackingHit.Visitor.PROXY, TrackingHit.Visitor.SCANNER
_MACHINES = {
    (_OPEN, _PROXY): "opened_by_proxies",
    (_OPEN, _SCANNER): "opened_by_scanners",
    (_CLICK, _PROXY): "clicked_by_proxies",
    (_CLICK, _SCANNER): "clicked_by_scanners",
}
