"""A conversation in the order of time: what came in, what went out, and what colleagues noted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from mailboxes.models import Conversation, Delivery, Message, Note, OutgoingMessage
from mailboxes.openers import Opener
from mailboxes.reading.cards import Card, Look, folded_card, note_card, received_card, sent_card
from mailboxes.reading.pictures import consented
from mailhub.tenancy.models import Membership

# More than these, and the older ones are one line each.
MOST_OPEN = 4
# Longer conversations begin with their newest messages, and a link to the whole.
MOST_SHOWN = 200


@dataclass(frozen=True)
class Timeline:
    cards: tuple[Card, ...]
    has_earlier: bool


def timeline(
    conversation: Conversation,
    *,
    opened: frozenset[uuid.UUID],
    look: Look,
    whole: bool,
    viewer: Membership | None = None,
) -> Timeline:
    """Return the messages and notes of a conversation, oldest first.

    The newest messages are open, and so are those named by `opened`, to which `look` applies. `viewer` may change their
    own notes, and sees the pictures of senders that they said so of.
    """
    received = conversation.messages.for_list().select_related("answers").order_by("-received_at", "-id")
    sent = conversation.outgoing_messages.select_related("server", "mailbox", "written_by__user")
    sent = sent.order_by("-created_at", "-id")
    notes = conversation.notes.select_related("author__user").order_by("-created_at", "-id")
    # One more than is shown, so that we know whether there are more.
    most = None if whole else MOST_SHOWN + 1
    rows: list[_Row] = sorted([*received[:most], *sent[:most], *notes[:most]], key=_at)
    shown = rows if whole else rows[-MOST_SHOWN:]
    mail = [row.pk for row in shown if not isinstance(row, Note)]
    open_ids = opened | set(mail[-MOST_OPEN:])
    messages = _complete(row.pk for row in shown if isinstance(row, Message) and row.pk in open_ids)
    deliveries = _deliveries(row.pk for row in shown if isinstance(row, OutgoingMessage))
    trusted = consented(viewer, messages.values())
    opener = Opener(conversation.mailbox)
    cards: list[Card] = []
    for row in shown:
        if isinstance(row, Note):
            cards.append(note_card(row, viewer=viewer))
        elif isinstance(row, OutgoingMessage):
            cards.append(sent_card(row, deliveries.get(row.pk, ()), is_open=row.pk in open_ids, opener=opener))
        elif row.pk in messages:
            own_look = look if row.pk in opened else Look()
            cards.append(received_card(messages[row.pk], replace(own_look, has_consent=row.pk in trusted)))
        else:
            cards.append(folded_card(row))
    return Timeline(cards=tuple(cards), has_earlier=len(rows) > len(shown))


_Row = Message | OutgoingMessage | Note


def _at(row: _Row) -> datetime:
    if isinstance(row, Message):
        return row.received_at
    return row.left_at if isinstance(row, OutgoingMessage) else row.created_at


def _complete(message_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Message]:
    rows = Message.objects.filter(pk__in=list(message_ids)).select_related("answers").prefetch_related("attachments")
    return {row.pk: row for row in rows}


def _deliveries(outgoing_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Delivery]]:
    found: dict[uuid.UUID, list[Delivery]] = {}
    for delivery in Delivery.objects.filter(outgoing_message__in=list(outgoing_ids)).select_related("settled_by__user"):
        found.setdefault(delivery.outgoing_message_id, []).append(delivery)
    return found
