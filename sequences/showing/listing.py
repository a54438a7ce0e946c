"""The list of the contacts in a sequence: whom a person asked for, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, TextChoices
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from mailhub.tenancy.models import Membership
from sequences.filtering import InAddress
from sequences.models import Enrollment, Sequence, Step
from sequences.showing.standing import Standing, standing_of
from servers.models import OutgoingServer

PAGE_SIZE = 50
LONGEST_SEARCH = 200
# More words than these narrow a search no further.
_MOST_WORDS = 4
# Beyond it "10,000+" says enough.
MOST_COUNTED = 10_000
# In the place of a server: those whose server was deleted, and those who wait because theirs is gone in any way.
NO_SERVER = "none"
LOST = "lost"

_State = Enrollment.State
_Cause = Enrollment.Cause


class Group(TextChoices):
    """How contacts of a sequence stand, as people ask for them: each belongs to one."""

    ACTIVE = "active", "Active"
    NEEDS = "needs", "Needs someone"
    PAUSED = "paused", "Paused"
    REPLIED = "replied", "Replied"
    BOUNCED = "bounced", "Bounced"
    UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
    COMPLAINED = "complained", "Complained"
    STOPPED = "stopped", "Stopped"
    FINISHED = "finished", "Finished"


@dataclass(frozen=True)
class EnrollmentFilters(InAddress):
    """Which contacts of a sequence a person wants to see; all of it stands in the address."""

    group: Group | None = None
    # The id of an outgoing server, NO_SERVER, LOST, or "" for any.
    server: str = ""
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.group or self.server or self.words)

    def narrowing(self) -> Iterable[tuple[str, str]]:
        if self.group is not None:
            yield "state", self.group.value
        if self.server:
            yield "server", self.server
        if self.words:
            yield "q", self.words

    @classmethod
    def stored(cls, pairs: Mapping[str, str]) -> EnrollmentFilters:
        """Return the filters that `pairs` were made of."""
        state = pairs.get("state", "")
        return cls(Group(state) if state else None, pairs.get("server", ""), pairs.get("q", ""))


@dataclass(frozen=True)
class Row:
    """A contact in a sequence as the list shows it; `step` is its place among those that there are, 0 for none."""

    enrollment: Enrollment
    standing: Standing
    step: int


@dataclass(frozen=True)
class Page:
    """One page of the list, and the enrollment behind which the next one begins; None for the last page."""

    rows: Listed[Row]
    next_after: uuid.UUID | None
    step_count: int


@dataclass(frozen=True)
class Counts:
    """How many contacts of a sequence stand how, and go through which server (None: it was deleted)."""

    by_group: Mapping[Group, int]
    by_server: Mapping[uuid.UUID | None, int]
    # Those under way, by server: what can be moved.
    open_by_server: Mapping[uuid.UUID | None, int]

    @property
    def total(self) -> int:
        return sum(self.by_group.values())


def rows_of(sequence: Sequence, viewer: Membership) -> QuerySet[Enrollment]:
    """Return the contacts of a sequence that a person may see."""
    rows: QuerySet[Enrollment] = Enrollment.objects.visible_to(viewer).filter(sequence=sequence)
    return rows


def narrowed(rows: QuerySet[Enrollment], filters: EnrollmentFilters) -> QuerySet[Enrollment]:
    """Return those that fit, in no order."""
    if filters.group is not None:
        rows = rows.filter(_CONDITIONS[filters.group])
    if filters.server == LOST:
        rows = rows.filter(state=_State.PAUSED, cause=_Cause.SERVER_LOST)
    elif filters.server:
        rows = rows.filter(server=None if filters.server == NO_SERVER else uuid.UUID(filters.server))
    for word in filters.words.split()[:_MOST_WORDS]:
        mentions = Q(contact__first_name__icontains=word) | Q(contact__last_name__icontains=word)
        rows = rows.filter(mentions | Q(contact__address__icontains=word))
    return rows


def page_of(sequence: Sequence, viewer: Membership, filters: EnrollmentFilters, *, now: datetime) -> Page:
    """Return one page, those added last first; three queries at most, whatever its length."""
    rows = narrowed(rows_of(sequence, viewer), filters)
    found = list(_behind(rows, filters.after).select_related("contact", "server__mailbox", "step")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    places, tenant = places_of_steps(sequence), viewer.tenant
    return Page(
        [Row(one, standing_of(one, sequence, tenant=tenant, now=now), places.get(one.step_id, 0)) for one in shown],
        shown[-1].pk if len(found) > PAGE_SIZE else None,
        len(places),
    )


def places_of_steps(sequence: Sequence) -> dict[uuid.UUID | None, int]:
    """Return the place of each step among those that are not taken out, counted from 1."""
    steps = Step.objects.filter(sequence=sequence, removed_at=None).order_by("position", "id")
    return {pk: place for place, pk in enumerate(steps.values_list("pk", flat=True), start=1)}


def counts_of(sequence: Sequence, viewer: Membership) -> Counts:
    """Count all that a person may see of a sequence, in one query."""
    rows = rows_of(sequence, viewer).order_by().values_list("state", "cause", "server_id")
    by_group: dict[Group, int] = dict.fromkeys(Group, 0)
    by_server: dict[uuid.UUID | None, int] = {}
    open_by_server: dict[uuid.UUID | None, int] = {}
    for state, cause, server_id, count in rows.annotate(count=Count("pk")):
        by_group[group_of(state, cause)] += count
        by_server[server_id] = by_server.get(server_id, 0) + count
        if state in (_State.ACTIVE, _State.PAUSED):
            open_by_server[server_id] = open_by_server.get(server_id, 0) + count
    return Counts(by_group, by_server, open_by_server)


def count_of(rows: QuerySet[Enrollment]) -> int:
    """Return how many there are, MOST_COUNTED + 1 for more than that."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def servers_in(counts: Counts) -> list[OutgoingServer]:
    """Return the servers that contacts go through, with their mailboxes, by name."""
    ids = [one for one in counts.by_server if one is not None]
    servers = OutgoingServer.objects.filter(pk__in=ids).select_related("mailbox")
    return sorted(servers, key=lambda one: (str(one).lower(), str(one.pk)))


def group_of(state: str, cause: str) -> Group:
    """Return how an enrollment in this state, for this cause, stands."""
    if state == _State.PAUSED:
        return Group.NEEDS if cause in _NEEDS else Group.PAUSED
    if state == _State.STOPPED:
        return next((group for group, causes in _STOPPED.items() if cause in causes), Group.STOPPED)
    return Group(state)


def _behind(rows: QuerySet[Enrollment], after: uuid.UUID | None) -> QuerySet[Enrollment]:
    ordered = rows.order_by("-added_at", "-id")
    # Who is gone meanwhile has no place any more: then the list begins anew.
    place = rows.model.objects.filter(pk=after).values_list("added_at", "pk").first() if after is not None else None
    if place is None:
        return ordered
    # As a pair, so that the index is entered at the place: thousands were added at the same moment.
    return ordered.filter(TupleLessThan(Tuple("added_at", "id"), place))


_NEEDS = (_Cause.SERVER_LOST, _Cause.MISSING_FIELD, _Cause.UNCERTAIN)
_STOPPED = {
    Group.REPLIED: (_Cause.REPLIED, _Cause.COMPANY_REPLIED),
    Group.BOUNCED: (_Cause.BOUNCED,),
    Group.UNSUBSCRIBED: (_Cause.UNSUBSCRIBED,),
    Group.COMPLAINED: (_Cause.COMPLAINED,),
}
_NAMED = [cause for causes in _STOPPED.values() for cause in causes]
_CONDITIONS = {
    Group.ACTIVE: Q(state=_State.ACTIVE),
    Group.FINISHED: Q(state=_State.FINISHED),
    Group.NEEDS: Q(state=_State.PAUSED, cause__in=_NEEDS),
    Group.PAUSED: Q(state=_State.PAUSED) & ~Q(cause__in=_NEEDS),
    Group.STOPPED: Q(state=_State.STOPPED) & ~Q(cause__in=_NAMED),
    **{group: Q(state=_State.STOPPED, cause__in=causes) for group, causes in _STOPPED.items()},
}
