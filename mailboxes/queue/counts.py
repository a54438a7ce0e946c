"""How many conversations there are of each kind, for people: exact up to a bound, and at a bounded price.

A list is counted by the index that it is read by, and no further than people are told of. So a count takes as long
with a million conversations as with a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, IntegerField, QuerySet, Subquery

from mailboxes.models import Conversation, Draft
from mailboxes.queue.filters import Filters
from mailboxes.queue.narrowing import narrowed
from mailboxes.setting_aside import put_aside
from mailhub.tenancy.models import Membership

MOST_COUNTED = 999
MOST_UNREAD = 99
# Of topics and mailboxes there are many on one page.
MOST_COUNTED_IN_GROUPS = 99
# Who has read everything would otherwise have all of it looked through for what they have not.
UNREAD_WINDOW = 1000


class BoundedCount(Subquery):
    """The number of rows of a query, as one column; a slice of the query bounds the work."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


class UnreadCount(Subquery):
    """How many rows of a query have `is_unread`, as one column, up to `most`.

    The rows come from the inside in their order and are looked at one by one, so what is enough ends it.
    """

    template = "(SELECT COUNT(*) FROM (SELECT 1 FROM (%(subquery)s) newest WHERE is_unread LIMIT %(most)d) counted)"
    output_field = IntegerField()


def count_of(rows: QuerySet[Any], *, most: int = MOST_COUNTED) -> BoundedCount:
    """Return the column that counts these rows, up to one more than `most`."""
    return BoundedCount(rows.order_by().values("pk")[: most + 1])


def words_of(count: int, most: int = MOST_COUNTED) -> str:
    """Return a count as it is shown: "" for none, "999+" for more than can be counted."""
    return f"{most}+" if count > most else str(count or "")


@dataclass(frozen=True)
class Counts:
    """What the views show: conversations of each list, unread ones, drafts, and whether mail was set aside."""

    numbers: tuple[int, ...]
    unread: int
    drafts: int
    has_put_aside: bool


def counts_of(membership: Membership, asked: Sequence[Filters]) -> Counts:
    """Count the lists, in one query."""
    columns = {f"count_{number}": count_of(narrowed(membership, filters)) for number, filters in enumerate(asked)}
    row = (
        Membership.objects.filter(pk=membership.pk)
        .annotate(
            unread_count=_unread(membership),
            draft_count=count_of(Draft.objects.of(membership).unsent()),
            has_put_aside=Exists(put_aside(membership)),
            **columns,
        )
        .values("unread_count", "draft_count", "has_put_aside", *columns)
        .get()
    )
    return Counts(tuple(row[name] for name in columns), row["unread_count"], row["draft_count"], row["has_put_aside"])


def unread_count(membership: Membership) -> int:
    """Return how many of the newest open conversations are unread for this person; MOST_UNREAD + 1 for more."""
    counted = Membership.objects.filter(pk=membership.pk).annotate(unread_count=_unread(membership))
    return int(counted.values_list("unread_count", flat=True).get())


def _unread(membership: Membership) -> UnreadCount:
    is_open = Conversation.objects.visible_to(membership).unmerged().filter(status=Conversation.Status.OPEN)
    newest = is_open.with_unread_for(membership).order_by("-last_at", "-id")
    return UnreadCount(newest.values("is_unread")[:UNREAD_WINDOW], most=MOST_UNREAD + 1)
