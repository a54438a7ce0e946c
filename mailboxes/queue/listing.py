"""The list of conversations: what a person asked for, page by page."""

from __future__ import annotations

from typing import Any

from mailboxes.models import Conversation
from mailboxes.queue.cursors import Cursor, InvalidCursor
from mailboxes.queue.filters import ANY_STATUS, Filters, Order
from mailboxes.queue.narrowing import a_trouble, in_order, narrowed
from mailboxes.queue.rows import Page, Row
from mailboxes.searching import SearchRefused
from mailboxes.showing import shown_name
from mailhub.tenancy.models import Membership

__all__ = ["ANY_STATUS", "Cursor", "Filters", "InvalidCursor", "Order", "Page", "Row", "following", "page_of"]

PAGE_SIZE = 50


def page_of(membership: Membership, filters: Filters) -> Page:
    """Return one page of the conversations that this person may see, in two queries whatever its length."""
    try:
        found = _found(membership, filters, PAGE_SIZE + 1)
    except SearchRefused as reason:
        return Page((), None, refused=str(reason))
    rows = tuple(_row(conversation, filters) for conversation in found[:PAGE_SIZE])
    if len(found) <= PAGE_SIZE:
        return Page(rows, None)
    return Page(rows, cursor_at(rows[-1].conversation, filters.order))


def following(membership: Membership, filters: Filters, conversation: Conversation) -> Conversation | None:
    """Return the conversation that stands below this one in the list; None below the last."""
    try:
        found = _found(membership, filters.but(before=cursor_at(conversation, filters.order)), 1)
    except SearchRefused:
        # Nothing is found by these words, so nothing stands below it.
        return None
    return found[0] if found else None


def cursor_at(conversation: Conversation, order: Order) -> Cursor | None:
    """Return the place of a conversation in the list; None for one that has none in this order."""
    at = conversation.reply_due_at if order == Order.DUE else conversation.last_at
    return Cursor(at, conversation.pk) if at else None


def _found(membership: Membership, filters: Filters, most: int) -> list[Any]:
    wanted = in_order(narrowed(membership, filters), filters)
    wanted = wanted.with_unread_for(membership).annotate(trouble=a_trouble())
    return list(wanted.with_labels().select_related("mailbox", "topic", "assignee__user")[:most])


def _row(conversation: Any, filters: Filters) -> Row:
    due_at = conversation.reply_due_at
    return Row(
        conversation=conversation,
        name=shown_name(conversation.correspondent_name, conversation.correspondent_address),
        is_unread=conversation.is_unread,
        needs_someone=conversation.trouble is not None,
        is_overdue=due_at is not None and due_at < filters.now,
    )
