"""What people and rules did with a conversation, in words."""

from __future__ import annotations

from mailboxes.models import ConversationEvent


def told(event: ConversationEvent) -> str:
    """Return what happened, and who did it where the words do not name them."""
    words = event.words or event.get_kind_display()
    if event.membership is None or str(event.membership.user) in words:
        return str(words)
    return f"{words} by {event.membership.user}"
