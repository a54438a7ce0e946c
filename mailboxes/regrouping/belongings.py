"""What goes with messages to another conversation: notes, drafts, what people are told of, and what search knows."""

from collections.abc import Collection
from uuid import UUID

from mailboxes.models import Conversation, Draft, Note, Notification, Presence, SearchEntry


def move_all(source: Conversation, into: Conversation) -> None:
    """Move everything that hangs on a conversation that is merged into another."""
    for rows in (Note.objects, Draft.objects, Notification.objects, SearchEntry.objects):
        rows.filter(conversation=source).update(conversation=into)
    # Who has it open hears of the merge, and is at the other one then.
    Presence.objects.filter(conversation=source).delete()


def move_with(message_ids: Collection[UUID], to: Conversation) -> None:
    """Move what hangs on single messages. Notes stay: nobody knows which of the messages they are about."""
    SearchEntry.objects.filter(pk__in=message_ids).update(conversation=to)
    Draft.objects.filter(answers__in=message_ids).update(conversation=to)
