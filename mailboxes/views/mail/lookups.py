"""What an address names, as far as the person may see it. Anything else is not found, whether or not it exists."""

import uuid
from collections.abc import Callable, Mapping
from typing import cast

from django.http import Http404
from django.shortcuts import get_object_or_404

from mailboxes.models import Conversation, Mailbox, Message, OutgoingMessage, Tag, Topic
from mailboxes.queue.colleagues import colleagues_of
from mailboxes.queue.cursors import Cursor, InvalidCursor
from mailboxes.queue.filters import ANY_STATUS, LONGEST_SEARCH, ME, NOBODY, Filters, Holder, Order
from mailboxes.queue.vocabulary import tags_seen_by, topics_seen_by
from mailboxes.regrouping import surviving
from mailhub.lib.headers import clean_header
from mailhub.tenancy.principal import TenantRequest


def conversation_of(request: TenantRequest, conversation_id: uuid.UUID) -> Conversation:
    """Return the conversation, or what it was merged into; it knows `is_unread`."""
    viewer = request.principal.membership
    visible = Conversation.objects.visible_to(viewer).with_labels().with_unread_for(viewer)
    visible = visible.select_related("mailbox", "related_to")
    found = get_object_or_404(visible, pk=conversation_id)
    return found if found.merged_into_id is None else get_object_or_404(visible, pk=surviving(found).pk)


def message_of(request: TenantRequest, message_id: uuid.UUID) -> Message:
    visible = Message.objects.visible_to(request.principal.membership).exclude(state=Message.State.PROBE)
    visible = visible.with_content()
    return get_object_or_404(visible.select_related("mailbox", "conversation", "answers"), pk=message_id)


def outgoing_of(request: TenantRequest, outgoing_message_id: uuid.UUID) -> OutgoingMessage:
    visible = OutgoingMessage.objects.visible_to(request.principal.membership)
    visible = visible.exclude(origin=OutgoingMessage.Origin.PROBE)
    rows = visible.select_related("mailbox", "conversation", "server", "written_by__user")
    return get_object_or_404(rows, pk=outgoing_message_id)


def filters_of(request: TenantRequest) -> Filters:
    """Read the filters of the list from the query; what the person may not see is not found."""
    values = request.GET
    status, order = values.get("status", ""), values.get("order", "") or Order.NEWEST.value
    if status not in ("", *Conversation.Status.values, ANY_STATUS):
        raise Http404("No such status.")
    if order not in (Order.NEWEST, Order.WAITING):
        raise Http404("No such order.")
    return Filters(
        chosen_status=status,
        mailbox=_mailbox(request, values.get("mailbox", "")),
        topic=_topic(request, values.get("topic", "")),
        tag=_tag(request, values.get("tag", "")),
        holder=_holder(request, values.get("assignee", "")),
        only_unread=values.get("unread") == "1",
        only_troubled=values.get("trouble") == "1",
        only_overdue=values.get("overdue") == "1",
        words=" ".join(clean_header(values.get("q", "")[:LONGEST_SEARCH]).split()),
        chosen_order=Order(order),
        before=_cursor(values.get("before", "")),
    )


def missing_of(request: TenantRequest) -> list[str]:
    """Return the names of the filters in the query whose row is not there (any more), as far as the person may see."""
    return [name for name, read in _ROWS.items() if _is_missing(request, name, read)]


def row_id(text: str) -> uuid.UUID | None:
    """Read an id from a query, None for an empty one; anything else is not found."""
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Http404("No such row.") from error


def _is_missing(request: TenantRequest, name: str, read: Callable[[TenantRequest, str], object]) -> bool:
    try:
        read(request, request.GET.get(name, ""))
    except Http404:
        return True
    return False


def _mailbox(request: TenantRequest, text: str) -> Mailbox | None:
    mailbox_id = row_id(text)
    if mailbox_id is None:
        return None
    for mailbox in getattr(request, "seen_mailboxes", None) or ():
        if mailbox.pk == mailbox_id:
            return cast(Mailbox, mailbox)
    return get_object_or_404(Mailbox.objects.visible_to(request.principal.membership), pk=mailbox_id)


def _topic(request: TenantRequest, text: str) -> Topic | None:
    topic_id = row_id(text)
    return get_object_or_404(topics_seen_by(request.principal.membership), pk=topic_id) if topic_id else None


def _tag(request: TenantRequest, text: str) -> Tag | None:
    tag_id = row_id(text)
    return get_object_or_404(tags_seen_by(request.principal.membership), pk=tag_id) if tag_id else None


def _holder(request: TenantRequest, text: str) -> Holder | None:
    """Read whose conversations are asked for."""
    if text == ME:
        return Holder(ME, request.principal.membership)
    if text == NOBODY:
        return Holder(NOBODY, None)
    membership_id = row_id(text)
    if membership_id is None:
        return None
    return Holder(text, get_object_or_404(colleagues_of(request.principal.membership), pk=membership_id))


def _cursor(text: str) -> Cursor | None:
    if not text:
        return None
    try:
        return Cursor.parse(text)
    except InvalidCursor as error:
        raise Http404("No such page.") from error


_ROWS: Mapping[str, Callable[[TenantRequest, str], object]] = {
    "mailbox": _mailbox,
    "topic": _topic,
    "tag": _tag,
    "assignee": _holder,
}
