"""Says in words what somebody is told of. Subjects and names are there, what correspondents wrote is not."""

from __future__ import annotations

from django.urls import reverse

from mailboxes.models import Notification

_Kind = Notification.Kind
_BY_SOMEBODY: dict[str, str] = {
    _Kind.ASSIGNED: "{} assigned it to you",
    _Kind.MENTIONED: "{} mentioned you in a note",
}
_BY_ITSELF: dict[str, str] = {
    _Kind.ASSIGNED: "It was assigned to you",
    _Kind.REPLIED: "There is a reply",
    _Kind.MENTIONED: "You were mentioned in a note",
    _Kind.UNDELIVERED: "Your message could not be delivered",
    _Kind.HELD: "Your scheduled message was held back",
    _Kind.OVERDUE: "An answer is overdue",
    _Kind.SEQUENCE_PAUSED: "A sequence paused by itself",
}


def path_of(notification: Notification) -> str:
    """Return the path of the page that it leads to."""
    if notification.conversation_id is None:
        return notification.path
    return reverse("mailboxes:conversation-detail", args=[notification.conversation_id])


def happened(notification: Notification) -> str:
    """Return who did what, such as “Vera Novak mentioned you in a note”."""
    actor = notification.actor
    if actor is not None and notification.kind in _BY_SOMEBODY:
        return _BY_SOMEBODY[notification.kind].format(actor.user)
    conversation = notification.conversation
    if notification.kind == _Kind.REPLIED and conversation is not None and conversation.correspondent_name:
        return f"{conversation.correspondent_name} wrote"
    return _BY_ITSELF[notification.kind]
