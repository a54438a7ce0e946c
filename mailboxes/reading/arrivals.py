"""What came to a conversation since somebody looked."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import Conversation
from mailboxes.reading.cards import Card, NoteCard, ReceivedCard, SentCard
from mailboxes.reading.history import told
from mailboxes.showing import shown_name
from mailhub.tenancy.models import Membership

# So many of the newest are known by what a page carries.
MOST_KNOWN = 200


def newest_id(conversation: Conversation) -> str:
    """Return what a reply form carries, so that its sending notices what came meanwhile; "" for an empty one."""
    arrivals = _arrivals(conversation, most=1)
    return str(arrivals[-1][1]) if arrivals else ""


def arrived_since(conversation: Conversation, seen: str) -> frozenset[uuid.UUID]:
    """Return the messages that joined after `seen`, which `newest_id` gave; all recent ones if it is not among them."""
    ids = [row_id for _at_time, row_id in _arrivals(conversation)]
    known = [str(row_id) for row_id in ids]
    return frozenset(ids[known.index(seen) + 1 :] if seen in known else ids)


def _arrivals(conversation: Conversation, *, most: int = MOST_KNOWN) -> list[tuple[datetime, uuid.UUID]]:
    """Return the newest messages in the order in which they got here, whatever time they claim."""
    stored = conversation.messages.order_by("-stored_at", "-id").values_list("stored_at", "pk")[:most]
    created = conversation.outgoing_messages.order_by("-created_at", "-id").values_list("created_at", "pk")[:most]
    return sorted([*stored, *created])


@dataclass(frozen=True)
class News:
    """One thing that others did, or that came in, since a page was loaded."""

    words: str
    anchor: str = ""


def mark_of(conversation: Conversation) -> str:
    """Return what the conversation is like now, in a word that a page carries: another one means that it changed."""
    note = conversation.notes.order_by("-created_at", "-id").values_list("pk", flat=True).first()
    event = conversation.events.order_by("-at", "-id").values_list("pk", flat=True).first()
    return f"{newest_id(conversation)}.{note or ''}.{event or ''}"


def mark_of_shown(cards: Sequence[Card], newest_event_id: uuid.UUID | None) -> str:
    """Return the same out of what is shown, where that is the whole conversation; asks nothing."""
    notes = [(card.at, card.id) for card in cards if isinstance(card, NoteCard)]
    mail = [(_arrived_at(card), card.id) for card in cards if not isinstance(card, NoteCard)]
    newest, note = (str(max(rows)[1]) if rows else "" for rows in (mail, notes))
    return f"{newest}.{note}.{newest_event_id or ''}"


def _arrived_at(card: ReceivedCard | SentCard) -> datetime:
    # When it leaves says nothing: what is scheduled for tomorrow is not newer than what came in meanwhile.
    return card.message.stored_at if isinstance(card, ReceivedCard) else card.outgoing.created_at


def news_since(conversation: Conversation, mark: str, *, viewer: Membership) -> list[News]:
    """Return what is new to a page that carries `mark`; nothing that the viewer did themselves."""
    seen, _dot, rest = mark.partition(".")
    seen_note, _dot, seen_event = rest.partition(".")
    return [
        *_new_messages(conversation, seen, viewer),
        *_new_notes(conversation, seen_note, viewer),
        *_new_events(conversation, seen_event, viewer),
    ]


def _new_messages(conversation: Conversation, seen: str, viewer: Membership) -> Iterator[News]:
    if newest_id(conversation) == seen:
        return
    arrived = arrived_since(conversation, seen)
    received = conversation.messages.for_list().filter(pk__in=arrived)
    newest = received.order_by("-stored_at", "-id").first()
    if newest is not None:
        name, count = shown_name(newest.from_name, newest.from_address) or "nobody named", received.count()
        words = f"New message from {name}" if count == 1 else f"{count} new messages, the last from {name}"
        yield News(words, f"message-{newest.pk}")
    # That a colleague has answered stands beside what came: otherwise both answer the same.
    sent = conversation.outgoing_messages.filter(pk__in=arrived).exclude(written_by=viewer)
    answer = sent.select_related("written_by__user").order_by("-created_at", "-id").first()
    if answer is not None:
        yield News(f"{answer.written_by.user if answer.written_by else 'A rule'} answered", f"sent-{answer.pk}")


def _new_notes(conversation: Conversation, seen: str, viewer: Membership) -> Iterator[News]:
    newest = conversation.notes.select_related("author__user").order_by("-created_at", "-id").first()
    if newest is not None and str(newest.pk) != seen and newest.author_id != viewer.pk:
        yield News(f"New note from {newest.author.user if newest.author else 'a colleague'}", f"note-{newest.pk}")


def _new_events(conversation: Conversation, seen: str, viewer: Membership) -> Iterator[News]:
    newest = conversation.events.select_related("membership__user").order_by("-at", "-id").first()
    if newest is not None and str(newest.pk) != seen and newest.membership_id != viewer.pk:
        yield News(told(newest))
