"""Views that people keep: filters under a name (SPEC Q1)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from urllib.parse import parse_qs

from django.db import transaction
from django.db.models import Max, QuerySet

from mailboxes.models import Mailbox, SavedView, Tag, Topic
from mailboxes.queue.filters import ME, NOBODY, Filters, Holder, Order
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission

# Each is counted on every page.
MOST_KEPT = 30


class ViewRefused(Exception):
    """The view cannot be kept; the text says why, for the person who asked."""


def views_of(membership: Membership) -> QuerySet[SavedView]:
    """Return the views that this person sees, their own ones first."""
    views: QuerySet[SavedView] = SavedView.objects.visible_to(membership)
    return views.order_by("is_shared", "position", "name", "id")


def view_with(membership: Membership, query: str) -> SavedView | None:
    """Return a view of this person that leads to this query; None if there is none."""
    return views_of(membership).filter(query=query).first()


def changeable_by(membership: Membership) -> QuerySet[SavedView]:
    """Return the views that this person may rename, move and delete: their own, and who manages the account all."""
    views: QuerySet[SavedView] = SavedView.objects.visible_to(membership)
    if membership.may(Permission.MANAGE_ACCOUNT):
        return views.order_by("is_shared", "position", "name", "id")
    return views.filter(owner=membership).order_by("is_shared", "position", "name", "id")


def keep(membership: Membership, filters: Filters, *, name: str, is_shared: bool) -> SavedView:
    """Keep filters under a name; raise ViewRefused where there are enough already, or they are too long."""
    query = filters.first_page_query
    longest = SavedView._meta.get_field("query").max_length
    if longest is not None and len(query) > longest:
        raise ViewRefused("What is searched for is too long to be kept. Search for fewer words.")
    with transaction.atomic():
        mine = SavedView.objects.filter(owner=membership)
        if mine.count() >= MOST_KEPT:
            raise ViewRefused(f"You have {MOST_KEPT} views, which is the most. Delete one that you do not need.")
        last = mine.aggregate(last=Max("position"))["last"]
        view: SavedView = SavedView.objects.create(
            tenant_id=membership.tenant_id,
            owner=membership,
            name=name,
            query=query,
            mailbox=filters.mailbox,
            is_shared=is_shared,
            position=0 if last is None else last + 1,
            created_at=clock.now(),
        )
    return view


def move(view: SavedView, *, by: int) -> None:
    """Move a view some places down (up, if negative) among those of its owner that are shown beside it."""
    with transaction.atomic():
        beside = SavedView.objects.select_for_update().filter(owner=view.owner_id, is_shared=view.is_shared)
        views = list(beside.order_by("position", "name", "id"))
        place = next((place for place, one in enumerate(views) if one.pk == view.pk), None)
        if place is None:
            return
        views.insert(max(0, place + by), views.pop(place))
        for position, one in enumerate(views):
            one.position = position
        SavedView.objects.bulk_update(views, ["position"])


def to_count(view: SavedView, membership: Membership) -> Filters | None:
    """Return the filters of a view for counting: its rows carry nothing but their ids. None for a search."""
    values = {name: found[0] for name, found in parse_qs(view.query.removeprefix("?")).items()}
    if "q" in values:
        return None
    return Filters(
        chosen_status=values.get("status", ""),
        mailbox=Mailbox(pk=view.mailbox_id) if view.mailbox_id else None,
        topic=Topic(pk=uuid.UUID(values["topic"])) if "topic" in values else None,
        tag=Tag(pk=uuid.UUID(values["tag"])) if "tag" in values else None,
        holder=_holder(values.get("assignee", ""), membership),
        only_unread="unread" in values,
        only_troubled="trouble" in values,
        only_overdue="overdue" in values,
        chosen_order=Order(values.get("order", Order.NEWEST.value)),
    )


def counted(views: Iterable[SavedView], membership: Membership) -> dict[uuid.UUID, Filters]:
    """Return the filters of the views whose conversations are counted."""
    return {view.pk: filters for view in views if (filters := to_count(view, membership)) is not None}


def _holder(value: str, membership: Membership) -> Holder | None:
    if not value:
        return None
    if value == ME:
        return Holder(ME, membership)
    return Holder(NOBODY, None) if value == NOBODY else Holder(value, Membership(pk=uuid.UUID(value)))
