"""The rows of the list: each sequence with its contacts, what it sent lately, and when it sends next."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, Subquery

from mailhub.tenancy.models import Membership
from sequences.enrolling import usable_servers
from sequences.listing.filters import PAGE_SIZE, SequenceFilters, found_by, next_after
from sequences.listing.standing import Standing, seen_by, standings_of
from sequences.models import Enrollment, Sequence
from sequences.reporting.counting import visible_sends

# What was sent, and answered, is counted for so long: the report has all of it.
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Sent:
    """Mails of a sequence that left lately, to how many contacts, and how many of those replied."""

    mails: int = 0
    reached: int = 0
    replied: int = 0

    @property
    def reply_percent(self) -> float | None:
        """None where nobody was written to."""
        return 100 * self.replied / self.reached if self.reached else None


@dataclass(frozen=True)
class Row:
    """A sequence as the list shows it."""

    sequence: Sequence
    standing: Standing
    sent: Sent
    # None while nothing is to leave.
    next_at: datetime | None
    # Why its outgoing server sends nothing; "" where it does.
    trouble: str


@dataclass(frozen=True)
class Page:
    """One page of the list, and the sequence behind which the next one begins; None for the last page."""

    rows: Listed[Row]
    next_after: uuid.UUID | None


def page_of(filters: SequenceFilters, viewer: Membership, *, now: datetime) -> Page:
    """Return one page; a fixed number of queries, whatever its length and however many contacts are in them."""
    due = seen_by(viewer).filter(sequence=OuterRef("pk"), state=Enrollment.State.ACTIVE, due_at__isnull=False)
    rows = found_by(filters, viewer).select_related("server__mailbox", "author__user")
    found = list(rows.annotate(next_at=Subquery(due.order_by("due_at").values("due_at")[:1]))[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    ids = [one.pk for one in shown]
    standings, sent = standings_of(ids, viewer), _sent_lately(ids, viewer, now=now)
    servers = {one.server_id: one.server for one in shown if one.server is not None}
    troubles = usable_servers(servers.values(), by=viewer, now=now) if servers else {}
    return Page(
        [_row(one, standings[one.pk], sent.get(one.pk, Sent()), troubles, now=now) for one in shown],
        next_after(found),
    )


def _row(sequence: Sequence, standing: Standing, sent: Sent, troubles: dict[uuid.UUID, str], *, now: datetime) -> Row:
    next_at: datetime | None = sequence.next_at  # type: ignore[attr-defined]
    sends = sequence.state == Sequence.State.ACTIVE and next_at is not None
    trouble = troubles.get(sequence.server_id, "") if sequence.server_id else "No outgoing server is chosen."
    return Row(sequence, standing, sent, max(next_at, now) if sends and next_at else None, trouble)


def _sent_lately(sequence_ids: Collection[uuid.UUID], viewer: Membership, *, now: datetime) -> dict[uuid.UUID, Sent]:
    left = Q(sent_at__isnull=False)
    rows = visible_sends(viewer).filter(sequence__in=sequence_ids, submitted_at__gte=now - LATELY).order_by()
    counted = rows.values("sequence_id").annotate(
        mails=Count("pk", filter=left),
        reached=Count("enrollment", filter=left, distinct=True),
        replied=Count("enrollment", filter=left & Q(replied_at__isnull=False), distinct=True),
    )
    return {one["sequence_id"]: Sent(one["mails"], one["reached"], one["replied"]) for one in counted}
