"""What a search asks of conversations, beside their words: state, mailbox, tag, topic, assignee."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mailboxes.models import Conversation, ConversationRead, ConversationTag, Mailbox
from mailboxes.searching.queries import About, Filter
from mailhub.tenancy.models import Membership

_Status = Conversation.Status


def apply(conversations: QuerySet[Any], filters: Iterable[Filter], *, membership: Membership) -> QuerySet[Any]:
    """Return the conversations that have what the filters ask for."""
    for one in filters:
        asked = _CONDITIONS[one.about](one.value, membership)
        conversations = conversations.exclude(asked) if one.is_negative else conversations.filter(asked)
    return conversations


def _in_mailbox(value: str, membership: Membership) -> Q:
    named = Q(name__iexact=value) | Q(address__iexact=value)
    return Q(mailbox__in=Mailbox.objects.visible_to(membership).filter(named))


def _with_tag(value: str, _membership: Membership) -> Q:
    return Q(Exists(ConversationTag.objects.filter(conversation=OuterRef("pk"), tag__name__iexact=value)))


def _about_topic(value: str, _membership: Membership) -> Q:
    return Q(topic__isnull=False, topic__name__iexact=value)


def _assigned_to(value: str, membership: Membership) -> Q:
    word = value.lower()
    if word == "me":
        return Q(assignee=membership)
    if word in ("none", "nobody"):
        return Q(assignee=None)
    people = Membership.objects.filter(tenant_id=membership.tenant_id)
    named = Q(user__name__icontains=value) | Q(user__email__iexact=value)
    return Q(assignee__isnull=False, assignee__in=people.filter(named))


def _in_state(value: str, membership: Membership) -> Q:
    if value in ("unread", "read"):
        return _unread(membership) if value == "unread" else ~_unread(membership)
    return _STATES[value](membership)


def _unread(membership: Membership) -> Q:
    seen = ConversationRead.objects.filter(
        conversation=OuterRef("pk"), membership=membership, read_until__gte=OuterRef("last_received_at")
    )
    return Q(last_received_at__isnull=False) & ~Q(Exists(seen))


_STATES: dict[str, Callable[[Membership], Q]] = {
    "open": lambda _membership: Q(status=_Status.OPEN),
    "pending": lambda _membership: Q(status=_Status.PENDING),
    "closed": lambda _membership: Q(status=_Status.CLOSED),
    "snoozed": lambda _membership: Q(status=_Status.SNOOZED),
    "spam": lambda _membership: Q(status=_Status.SPAM),
    "assigned": lambda _membership: Q(assignee__isnull=False),
    "unassigned": lambda _membership: Q(assignee=None),
    "mine": lambda membership: Q(assignee=membership),
    "urgent": lambda _membership: Q(priority__gte=Conversation.Priority.URGENT),
}
_CONDITIONS: dict[About, Callable[[str, Membership], Q]] = {
    About.MAILBOX: _in_mailbox,
    About.STATE: _in_state,
    About.TAG: _with_tag,
    About.TOPIC: _about_topic,
    About.ASSIGNEE: _assigned_to,
}
