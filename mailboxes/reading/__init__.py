"""A conversation as it is read: what came in, what went out, what colleagues noted, and whom it is with."""

from mailboxes.reading.arrivals import arrived_since, newest_id
from mailboxes.reading.cards import (
    MOST_UNCOUNTED,
    Card,
    Look,
    NoteCard,
    ReceivedCard,
    SentCard,
    note_card,
    received_card,
    sent_card,
    sent_mail,
)
from mailboxes.reading.timeline import MOST_OPEN, MOST_SHOWN, Timeline, timeline

__all__ = [
    "MOST_OPEN",
    "MOST_SHOWN",
    "MOST_UNCOUNTED",
    "Card",
    "Look",
    "NoteCard",
    "ReceivedCard",
    "SentCard",
    "Timeline",
    "arrived_since",
    "newest_id",
    "note_card",
    "received_card",
    "sent_card",
    "sent_mail",
    "timeline",
]
