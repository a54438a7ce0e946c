"""The pane of views beside the list: everything that a person can look at, with how much of it there is.

It takes two queries whatever there is in it: one for names, one for counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, CharField, ExpressionWrapper, IntegerField, OuterRef, Q, QuerySet, Value

from mailboxes.models import Conversation, Mailbox, SavedView, Tag, Topic
from mailboxes.queue.counts import MOST_COUNTED_IN_GROUPS, BoundedCount, count_of, counts_of, words_of
from mailboxes.queue.filters import ANY_STATUS, ME, NOBODY, Filters, Holder
from mailboxes.queue.saved import counted, views_of
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailhub.tenancy.models import Membership

# More of a kind are found through the filter menu.
MOST_LISTED = 25
_Status = Conversation.Status


@dataclass(frozen=True)
class Link:
    """One list that a person can look at."""

    key: str
    label: str
    query: str
    icon: str = ""
    # As it is shown; "" where there is none, or where nobody counts.
    count: str = ""
    is_current: bool = False
    # The letter that leads there after "g".
    go: str = ""
    # A mailbox that is not active: nothing is fetched into it.
    is_off: bool = False


@dataclass(frozen=True)
class Group:
    """Lists of one kind; there may be more than are shown."""

    name: str
    title: str
    links: tuple[Link, ...]
    has_more: bool

    @property
    def is_open(self) -> bool:
        """Whether the list that is looked at is one of them."""
        return any(link.is_current for link in self.links)


@dataclass(frozen=True)
class Pane:
    """All of it, with how much is unread, and whether some mail could not be read."""

    views: tuple[Link, ...]
    saved: tuple[Link, ...]
    shared: tuple[Link, ...]
    groups: tuple[Group, ...]
    unread: int
    drafts: str
    has_put_aside: bool

    @property
    def current(self) -> Link | None:
        """The list that is looked at, if it is one of these."""
        return next((link for link in self.links() if link.is_current), None)

    @property
    def is_standing(self) -> bool:
        """Whether what is looked at is a list that everybody has: its name says all."""
        return any(link.is_current for link in self.views)

    @property
    def has_several_mailboxes(self) -> bool:
        """Whether a row has to say which mailbox it is in."""
        return any(group.name == "mailbox" and len(group.links) > 1 for group in self.groups)

    @property
    def shown(self) -> list[Any]:
        """Everything that can change of it while the page is open."""
        return [
            self.unread,
            self.drafts,
            self.has_put_aside,
            *((link.key, link.label, link.count) for link in self.links()),
        ]

    def links(self) -> Iterable[Link]:
        """Yield every list of the pane."""
        yield from (*self.views, *self.saved, *self.shared)
        for group in self.groups:
            yield from group.links


@dataclass(frozen=True)
class _Standing:
    """A view that everybody has."""

    key: str
    label: str
    icon: str
    filters: Filters
    go: str = ""
    is_counted: bool = True


def pane_of(membership: Membership, filters: Filters) -> Pane:
    """Return what this person can look at; a list counts what they may see of it, and nothing else."""
    kept = list(views_of(membership)[: 2 * MOST_LISTED])
    names = list(_names(membership))
    standing = _standing(membership)
    to_count = {one.key: one.filters for one in standing if one.is_counted}
    to_count |= {str(key): value for key, value in counted(kept, membership).items()}
    counted_now = counts_of(membership, list(to_count.values()))
    counts = dict(zip(to_count, counted_now.numbers, strict=True))
    shown = filters.first_page_query
    return Pane(
        views=tuple(
            Link(
                key=one.key,
                label=one.label,
                icon=one.icon,
                query=one.filters.query,
                count=words_of(counts.get(one.key, 0)),
                is_current=one.filters.query == shown,
                go=one.go,
            )
            for one in standing
        ),
        saved=_saved_links([view for view in kept if view.owner_id == membership.pk], counts, shown),
        shared=_saved_links([view for view in kept if view.owner_id != membership.pk], counts, shown),
        groups=tuple(_groups(names, shown)),
        unread=counted_now.unread,
        drafts=words_of(counted_now.drafts),
        has_put_aside=counted_now.has_put_aside,
    )


def _standing(membership: Membership) -> list[_Standing]:
    mine, nobodys = Holder(ME, membership), Holder(NOBODY, None)
    return [
        _Standing("mine", "Mine", "user", Filters(holder=mine), "a"),
        _Standing("unassigned", "Unassigned", "user-question", Filters(holder=nobodys), "u"),
        _Standing("open", "Open", "inbox", Filters()),
        _Standing("pending", "Pending", "hourglass", Filters(chosen_status=_Status.PENDING), "p"),
        _Standing("snoozed", "Snoozed", "clock", Filters(chosen_status=_Status.SNOOZED), "s"),
        _Standing("closed", "Closed", "archive", Filters(chosen_status=_Status.CLOSED), "e", is_counted=False),
        _Standing("spam", "Spam", "ban", Filters(chosen_status=_Status.SPAM), "x", is_counted=False),
        _Standing("all", "All mail", "mail", Filters(chosen_status=ANY_STATUS), "l", is_counted=False),
    ]


def _saved_links(views: Sequence[SavedView], counts: dict[str, int], shown: str) -> tuple[Link, ...]:
    return tuple(
        Link(
            key=str(view.pk),
            label=view.name,
            icon="bookmark",
            query=view.query,
            count=words_of(counts.get(str(view.pk), 0)),
            is_current=view.query == shown,
        )
        for view in views
    )


def _names(membership: Membership) -> QuerySet[Any]:
    """Return (kind, id, name, count, is_off) of the first topics, tags and mailboxes by name, one too many of each."""
    is_open = Conversation.objects.visible_to(membership).unmerged().filter(status=_Status.OPEN)
    is_on = Value(value=False, output_field=BooleanField())
    topics = _named("topic", topics_seen_by(membership), _group_count(is_open.filter(topic=OuterRef("pk"))), is_on)
    # What carries a tag may be open or not, so counting it has no bound.
    tags = _named("tag", tags_seen_by(membership), Value(0, IntegerField()), is_on)
    mailboxes = _named(
        "mailbox",
        Mailbox.objects.visible_to(membership),
        _group_count(is_open.filter(mailbox=OuterRef("pk"))),
        ExpressionWrapper(Q(is_active=False), BooleanField()),
    )
    return topics.union(tags, mailboxes, all=True)


def _group_count(rows: QuerySet[Any]) -> BoundedCount:
    return count_of(rows, most=MOST_COUNTED_IN_GROUPS)


def _named(kind: str, rows: QuerySet[Any], count: Any, is_off: Any) -> QuerySet[Any]:
    first = rows.order_by("name", "id").values("pk")[: MOST_LISTED + 1]
    named = rows.model.objects.filter(pk__in=first).order_by()
    named = named.annotate(of_kind=Value(kind, CharField()), counted=count, is_off=is_off)
    return named.values_list("of_kind", "pk", "name", "counted", "is_off")


def _groups(names: Sequence[tuple[str, Any, str, int, bool]], shown: str) -> Iterable[Group]:
    for kind, title, filters_for in (
        ("topic", "Topics", _about_topic),
        ("tag", "Tags", _with_tag),
        ("mailbox", "Mailboxes", _in_mailbox),
    ):
        rows = sorted((row for row in names if row[0] == kind), key=lambda row: row[2].casefold())
        links = tuple(
            Link(
                key=str(pk),
                label=name,
                query=(query := filters_for(pk).query),
                count=words_of(count, MOST_COUNTED_IN_GROUPS),
                is_current=query == shown,
                is_off=bool(is_off),
            )
            for _kind, pk, name, count, is_off in rows[:MOST_LISTED]
        )
        if links:
            yield Group(kind, title, links, has_more=len(rows) > MOST_LISTED)


def _about_topic(row_id: UUID) -> Filters:
    return Filters(topic=Topic(pk=row_id))


def _with_tag(row_id: UUID) -> Filters:
    return Filters(tag=Tag(pk=row_id))


def _in_mailbox(row_id: UUID) -> Filters:
    return Filters(mailbox=Mailbox(pk=row_id))
