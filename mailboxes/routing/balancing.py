"""Gives new work to whoever has least to do (SPEC Q5): fewest open conversations, then whose last news are oldest.

All open conversations of a person count, in whichever mailbox: work is work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, DateTimeField, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from mailboxes.models import Conversation, Mailbox
from mailboxes.queue.people import people_of
from mailhub.tenancy.models import Membership

_Status = Conversation.Status
_NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())


@dataclass
class _Load:
    person: Membership
    open_count: int
    busy_at: datetime


class Balance:
    """How much the people of a mailbox have to do, kept up as conversations are given out: fifty mails spread."""

    def __init__(self, loads: Sequence[_Load]) -> None:
        self._loads = {load.person.pk: load for load in loads}

    def least_busy(self, among: Collection[UUID] | None = None) -> Membership | None:
        """Return who has least to do, of `among` or of all who may use the mailbox; None if nobody is left."""
        found = [load for load in self._loads.values() if among is None or load.person.pk in among]
        chosen = min(found, key=lambda load: (load.open_count, load.busy_at, load.person.pk), default=None)
        return chosen.person if chosen is not None else None

    def give(self, person: Membership, *, now: datetime) -> None:
        """Count one more open conversation of this person."""
        load = self._loads[person.pk]
        load.open_count += 1
        load.busy_at = max(load.busy_at, now)

    def may_use(self, person_id: UUID | None) -> bool:
        """Whether this person is there, and may use the mailbox."""
        return person_id in self._loads


def load(mailbox: Mailbox) -> Balance:
    """Count what everyone who may use the mailbox has to do now, in two queries. Whoever has left does not count."""
    people = people_of(mailbox)
    mine = Conversation.objects.filter(assignee=OuterRef("pk"), merged_into=None).order_by()
    opened = mine.filter(status=_Status.OPEN).values("assignee").annotate(count=Count("pk")).values("count")
    # The newest of each status is the first of an index; all of them would be a long way for a busy person.
    newest = [
        Coalesce(Subquery(mine.filter(status=one).order_by("-last_at").values("last_at")[:1]), _NEVER)
        for one in (_Status.OPEN, _Status.PENDING, _Status.CLOSED)
    ]
    rows = Membership.objects.filter(pk__in=[one.pk for one in people]).annotate(
        open_count=Coalesce(Subquery(opened, output_field=IntegerField()), 0), busy_at=Greatest(*newest)
    )
    found = {pk: (count, busy_at) for pk, count, busy_at in rows.values_list("pk", "open_count", "busy_at")}
    return Balance([_Load(one, *found[one.pk]) for one in people if one.pk in found])


def least_busy(mailbox: Mailbox, *, among: Collection[UUID] | None = None) -> Membership | None:
    """Return who of those who may use the mailbox has least to do; None if nobody may."""
    return load(mailbox).least_busy(among)
