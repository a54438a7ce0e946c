"""Which of two conversations that become one is more awake: that state is the state of both."""

from mailboxes.models import Conversation

_Status = Conversation.Status
# What waits for somebody, the most urgent first. What is put off comes back, and what is closed does not.
_AWAKE = (_Status.OPEN, _Status.PENDING, _Status.SNOOZED)


def wake_with(into: Conversation, other: Conversation) -> None:
    """Give `into` the state of the one that is more awake, and the sooner of their times; the caller saves it."""
    both = (into, other)
    into.status = next((one for one in _AWAKE if one in (into.status, other.status)), into.status)
    put_off = [one for one in both if one.snoozed_until is not None]
    first = min(put_off, key=lambda one: str(one.snoozed_until), default=None)
    is_put_off = into.status == _Status.SNOOZED and first is not None
    into.snoozed_until, into.snoozed_by_id = (
        (first.snoozed_until, first.snoozed_by_id) if is_put_off and first else (None, None)
    )
    into.reply_due_at = min((one.reply_due_at for one in both if one.reply_due_at), default=None)
    into.has_attachment = into.has_attachment or other.has_attachment
