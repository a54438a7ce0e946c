"""Where is a conversation now that may have been merged?"""

from mailboxes.models import Conversation


def surviving(conversation: Conversation) -> Conversation:
    """Return the conversation that holds its messages now: itself, or what it was merged into at last.

    A conversation is merged into one that stands, so the way leads to an end.
    """
    while conversation.merged_into_id is not None:
        conversation = Conversation.objects.select_related("mailbox").get(pk=conversation.merged_into_id)
    return conversation


def hold_surviving(conversation: Conversation) -> Conversation:
    """Return the same, and keep it from being merged until the transaction ends."""
    held = _hold(conversation)
    while held.merged_into_id is not None:
        held = _hold(surviving(held))
    return held


def _hold(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True)
    held: Conversation = rows.select_related("mailbox").get(pk=conversation.pk)
    return held
