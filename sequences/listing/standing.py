"""Where the contacts of sequences stand, as parts of one bar."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, QuerySet

from mailhub.tenancy.models import Membership
from sequences.models import Enrollment

_State = Enrollment.State
_Cause = Enrollment.Cause


class Part(StrEnum):
    """What a contact counts as, in the order of the bar."""

    ACTIVE = "active"
    PAUSED = "paused"
    REPLIED = "replied"
    FINISHED = "finished"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    STOPPED = "stopped"

    @property
    def label(self) -> str:
        return _LABELS[self]


@dataclass(frozen=True)
class Stretch:
    """A part of a bar of 1,000 units: from where, and how wide."""

    part: Part
    count: int
    begins: float
    width: float


@dataclass(frozen=True)
class Standing:
    """How many contacts of one sequence stand where."""

    counts: Counter[Part]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def stretches(self) -> list[Stretch]:
        """The bar; a single one among thousands can still be seen."""
        present = [(part, self.counts[part]) for part in Part if self.counts[part]]
        wished = [max(_NARROWEST, count / self.total * _BAR) for _part, count in present]
        scale = _BAR / sum(wished) if wished else 1.0
        found, begins = [], 0.0
        for (part, count), wish in zip(present, wished, strict=True):
            found.append(Stretch(part, count, round(begins, 1), round(wish * scale, 1)))
            begins += wish * scale
        return found

    @property
    def words(self) -> str:
        """The bar in words, such as "3 active, 1 bounced"."""
        return ", ".join(f"{self.counts[part]:,} {part.label.lower()}" for part in Part if self.counts[part])


def standings_of(sequence_ids: Collection[uuid.UUID], viewer: Membership) -> dict[uuid.UUID, Standing]:
    """Return how the contacts whom a person may see stand in each sequence, in two queries.

    Of who sees every mailbox, each of them reads an index alone.
    """
    counts: defaultdict[uuid.UUID, Counter[Part]] = defaultdict(Counter)
    rows = seen_by(viewer).filter(sequence__in=sequence_ids).order_by()
    # Counting the id would read every row for it: it stands in none of the indexes.
    running = rows.filter(state__in=list(_RUNNING)).values_list("sequence_id", "state").annotate(count=Count("*"))
    stopped = rows.filter(state=_State.STOPPED).values_list("sequence_id", "cause").annotate(count=Count("*"))
    for sequence_id, state, count in running:
        counts[sequence_id][_RUNNING[state]] += count
    for sequence_id, cause, count in stopped:
        counts[sequence_id][_STOPPED_BY.get(cause, Part.STOPPED)] += count
    return {one: Standing(counts[one]) for one in sequence_ids}


def seen_by(viewer: Membership) -> QuerySet[Enrollment]:
    """Return the contacts in sequences whom a person may see, of sequences that they see."""
    if viewer.sees_every_mailbox:
        return Enrollment.objects.all()
    rows: QuerySet[Enrollment] = Enrollment.objects.visible_to(viewer)
    return rows


def legend() -> Sequence[Part]:
    """Return all parts in the order of the bar."""
    return list(Part)


_BAR = 1000.0
_NARROWEST = 8.0
_RUNNING: dict[str, Part] = {
    _State.ACTIVE: Part.ACTIVE,
    _State.PAUSED: Part.PAUSED,
    _State.FINISHED: Part.FINISHED,
}
_STOPPED_BY: dict[str, Part] = {
    _Cause.REPLIED: Part.REPLIED,
    _Cause.BOUNCED: Part.BOUNCED,
    _Cause.UNSUBSCRIBED: Part.UNSUBSCRIBED,
    _Cause.COMPLAINED: Part.UNSUBSCRIBED,
}
_LABELS = {
    Part.ACTIVE: "On their way",
    Part.PAUSED: "Paused",
    Part.REPLIED: "Replied",
    Part.FINISHED: "Got all mails",
    Part.BOUNCED: "Bounced",
    Part.UNSUBSCRIBED: "Unsubscribed or complained",
    Part.STOPPED: "Stopped otherwise",
}
