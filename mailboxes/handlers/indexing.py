"""Lets search find a received message, in the transaction that files it (SPEC Q1)."""

from mailboxes.receiving.received import Next, Received
from mailboxes.searching import indexing


def index_words(received: Received) -> Next:
    """Index the message, once it has a conversation: nothing else is searched."""
    if received.conversation is None:
        return Next.CONTINUE
    words = indexing.received_words(received.message, received.mail.text, received.attachments)
    received.writes.gather(indexing.write, words)
    received.message.is_searchable = True
    return Next.CONTINUE
