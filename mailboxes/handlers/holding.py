"""What was scheduled and should stay if somebody writes before it leaves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from mailboxes.handlers.filing import reopens_nothing
from mailboxes.models import Delivery, OutgoingMessage
from mailboxes.receiving.received import Next, Received
from mailboxes.writing import later


def hold_scheduled(received: Received) -> Next:
    """Take scheduled messages back into their authors' drafts, because this mail joins their conversation.

    What a machine sends holds nothing back, and neither does what the person wrote with another program or what is old.
    """
    joined = received.joins
    if joined is None or received.is_written_by_us or received.message.is_archived:
        return Next.CONTINUE
    if not reopens_nothing(received) and not received.message.spam_because:
        received.writes.gather(_hold, (joined.pk, received.now))
    return Next.CONTINUE


def _hold(joined: Sequence[tuple[UUID, datetime]]) -> None:
    """Look once for all mail of the window; what a worker has begun to send leaves."""
    conversations = {conversation_id for conversation_id, _now in joined}
    waiting = Delivery.objects.filter(state__in=Delivery.WAITING).values("outgoing_message")
    rows = OutgoingMessage.objects.filter(
        conversation__in=conversations, is_scheduled=True, is_held_by_replies=True, pk__in=waiting
    )
    for outgoing in rows.select_related("conversation", "mailbox", "server", "written_by__user"):
        later.hold_back(outgoing, now=joined[0][1])
