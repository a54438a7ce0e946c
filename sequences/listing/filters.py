"""Which sequences a person asked for, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from collections.abc import Sequence as Listed
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from mailhub.tenancy.models import Membership
from sequences.filtering import InAddress
from sequences.models import Sequence

PAGE_SIZE = 25
LONGEST_SEARCH = 120
_State = Sequence.State


@dataclass(frozen=True)
class SequenceFilters(InAddress):
    """Which sequences a person wants to see; all of it stands in the address."""

    words: str = ""
    # None for all that are not put away.
    state: Sequence.State | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.state)

    def narrowing(self) -> Iterable[tuple[str, str]]:
        if self.words:
            yield "q", self.words
        if self.state is not None:
            yield "state", self.state.value


@dataclass(frozen=True)
class Tab:
    """One way to look at the list: how many there are, and the filters behind it."""

    label: str
    count: int
    filters: SequenceFilters
    is_chosen: bool


def tabs_of(filters: SequenceFilters, viewer: Membership) -> list[Tab]:
    """Return the tabs with what stands behind each for this person; one query."""
    rows = _mentioning(Sequence.objects.visible_to(viewer), filters.words)
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    kept = sum(count for state, count in counts.items() if state != _State.ARCHIVED)
    return [
        Tab("All", kept, filters.but(state=None), filters.state is None),
        *(
            Tab(label, counts.get(state, 0), filters.but(state=state), filters.state == state)
            for state, label in _LABELS.items()
        ),
    ]


def found_by(filters: SequenceFilters, viewer: Membership) -> QuerySet[Sequence]:
    """Return the sequences that fit from the place on where the page begins, the newest first."""
    rows = _mentioning(Sequence.objects.visible_to(viewer), filters.words)
    rows = rows.filter(state=filters.state) if filters.state else rows.exclude(state=_State.ARCHIVED)
    if filters.after is not None:
        last = Sequence.objects.filter(pk=filters.after).values_list("created_at", "pk").first()
        # What was deleted meanwhile has no place any more: then the list begins anew.
        if last is not None:
            rows = rows.filter(Q(created_at__lt=last[0]) | Q(created_at=last[0], pk__lt=last[1]))
    return rows.order_by("-created_at", "-id")


def next_after(found: Listed[Sequence]) -> uuid.UUID | None:
    """Return behind which sequence the next page begins, of one more than a page holds; None for the last page."""
    return found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None


def _mentioning(rows: QuerySet[Sequence], words: str) -> QuerySet[Sequence]:
    for word in words.split()[:_MOST_WORDS]:
        rows = rows.filter(name__icontains=word)
    return rows


# More words than these narrow a search no further.
_MOST_WORDS = 6
_LABELS = {_State.ACTIVE: "Active", _State.PAUSED: "Paused", _State.DRAFT: "Drafts", _State.ARCHIVED: "Archived"}
