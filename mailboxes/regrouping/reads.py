"""Who has read what, after messages moved to another conversation: nobody misses one, and nobody is called twice."""

from datetime import datetime
from uuid import UUID

from mailboxes.models import Conversation, ConversationRead

_Until = dict[UUID, datetime]


def reads_of(conversation: Conversation) -> _Until:
    """Return how far each membership has read a conversation."""
    rows = ConversationRead.objects.filter(conversation=conversation)
    return dict(rows.values_list("membership_id", "read_until"))


def copy(reads: _Until, to: Conversation) -> None:
    """Let everybody have read a new conversation as far as the one that its messages come from."""
    ConversationRead.objects.bulk_create(_row(to, person, until) for person, until in reads.items())


def carry(reads: _Until, *, newest_moved: datetime | None, into: Conversation, newest_before: datetime | None) -> None:
    """Bring `into` up to date after messages came into it from a conversation that was read as far as `reads`.

    It is read for those who had read both, and unread for all others. `newest_moved` and `newest_before` are when the
    last of the messages came that moved, and of those that were there.
    """
    there = reads_of(into)
    for person in reads.keys() | there.keys():
        had_read_moved = _is_read(reads.get(person), newest_moved)
        had_read_there = _is_read(there.get(person), newest_before)
        mine = ConversationRead.objects.filter(conversation=into, membership_id=person)
        if had_read_moved and had_read_there and into.last_received_at is not None:
            _set(into, person, into.last_received_at)
        elif not had_read_moved and person in there and person not in reads:
            mine.delete()
        elif not had_read_moved and person in there:
            mine.update(read_until=min(there[person], reads[person]))


def _is_read(until: datetime | None, newest: datetime | None) -> bool:
    return newest is None or (until is not None and until >= newest)


def _set(conversation: Conversation, membership_id: UUID, until: datetime) -> None:
    ConversationRead.objects.update_or_create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        membership_id=membership_id,
        defaults={"read_until": until},
    )


def _row(conversation: Conversation, membership_id: UUID, until: datetime) -> ConversationRead:
    return ConversationRead(
        tenant_id=conversation.tenant_id, conversation=conversation, membership_id=membership_id, read_until=until
    )
