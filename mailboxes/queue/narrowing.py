"""From what a person asked for to the conversations that they may see of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from mailboxes.models import Conversation, ConversationTag, Delivery
from mailboxes.models.conversations import ConversationQuerySet
from mailboxes.queue.cursors import Cursor
from mailboxes.queue.filters import ANY_STATUS, Filters, Order
from mailboxes.searching import narrow
from mailhub.tenancy.models import Membership

# Who has read everything would otherwise have all of it looked through for what they have not.
MOST_LOOKED_AT = 5000

_ORDERED_BY = {
    Order.NEWEST: ("-last_at", "-id"),
    # The index that a status is listed by, read from its other end.
    Order.WAITING: ("last_at", "id"),
    Order.DUE: ("reply_due_at", "id"),
}


def narrowed(membership: Membership, filters: Filters) -> ConversationQuerySet:
    """Return the conversations that this person may see and asked for: not yet in order, and of every page.

    Raises SearchRefused (mailboxes.searching) for words that cannot be searched for.
    """
    wanted = Conversation.objects.visible_to(membership).unmerged()
    if filters.status != ANY_STATUS:
        wanted = wanted.filter(status=filters.status)
    if filters.mailbox is not None:
        wanted = wanted.filter(mailbox=filters.mailbox)
    if filters.topic is not None:
        wanted = wanted.filter(topic=filters.topic)
    if filters.tag is not None:
        wanted = wanted.filter(Exists(ConversationTag.objects.filter(conversation=OuterRef("pk"), tag=filters.tag)))
    if filters.holder is not None:
        wanted = wanted.filter(assignee=filters.holder.membership)
    if filters.only_troubled:
        wanted = wanted.filter(is_troubled())
    if filters.only_overdue:
        wanted = wanted.filter(reply_due_at__lt=filters.now)
    if filters.words:
        wanted = narrow(wanted, filters.words, membership=membership, now=filters.now)
    if filters.only_unread:
        newest = wanted.order_by("-last_at", "-id").values("pk")[:MOST_LOOKED_AT]
        wanted = Conversation.objects.filter(pk__in=newest).unread_for(membership)
    return wanted


def in_order(conversations: ConversationQuerySet, filters: Filters) -> ConversationQuerySet:
    """Return them in the order that was asked for, from behind the cursor on."""
    if filters.before is not None:
        conversations = conversations.filter(_behind(filters.before, filters.order))
    return conversations.order_by(*_ORDERED_BY[filters.order])


def is_troubled() -> Exists:
    """Whether a message of the conversation was not delivered, or may not have been: for choosing conversations."""
    return Exists(_troubles())


def a_trouble() -> Subquery:
    """Return the column that is null unless a message was not delivered, or may not have been: for showing it.

    Of "exists" in a column the planner reads all troubles of the account, as it expects to show all conversations.
    """
    return Subquery(_troubles().order_by().values("pk")[:1])


def _troubles() -> QuerySet[Any]:
    return Delivery.objects.filter(
        outgoing_message__conversation=OuterRef("pk"),
        state__in=[Delivery.State.FAILED, Delivery.State.UNCERTAIN],
        # A copy by auto-BCC is not what the conversation is about.
        is_blind_copy=False,
    )


def _behind(cursor: Cursor, order: Order) -> Q:
    # Bounding the moment first lets the index find the place; the second part breaks ties.
    if order == Order.NEWEST:
        return Q(last_at__lte=cursor.at) & ~Q(last_at=cursor.at, id__gte=cursor.id)
    column = "last_at" if order == Order.WAITING else "reply_due_at"
    return Q(**{f"{column}__gte": cursor.at}) & ~Q(**{column: cursor.at}, id__lte=cursor.id)
