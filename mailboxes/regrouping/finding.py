"""Other conversations of the same mailbox: those that are linked to one, and those that a person looks for."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from django.db.models import Q

from mailboxes.addresses import normalise
from mailboxes.models import Conversation, ConversationEvent, Participant
from mailboxes.regrouping.following import surviving

MOST_FOUND = 20
MOST_LINKED = 10
MOST_EVENTS = 50
SEARCH_LENGTH = 100


@dataclass(frozen=True)
class Links:
    """What a conversation is linked to, and what is linked to it; the newest first."""

    # The conversation that it quotes, or that it was split off.
    origin: Conversation | None
    # Whether it quotes that one without having a part in it. What a person took out of it may have none either.
    is_of_others: bool
    linked: tuple[Conversation, ...]
    has_more: bool


def links_of(conversation: Conversation) -> Links:
    """Return the links of a conversation, as far as they stay in its mailbox."""
    origin = conversation.related_to
    if origin is not None:
        origin = surviving(origin)
    if origin is not None and (origin.mailbox_id != conversation.mailbox_id or origin.pk == conversation.pk):
        origin = None
    rows = Conversation.objects.filter(related_to=conversation, mailbox=conversation.mailbox_id).unmerged()
    linked = list(rows.order_by("-last_at", "-id")[: MOST_LINKED + 1])
    return Links(
        origin=origin,
        is_of_others=origin is not None and not (_takes_part(conversation, origin) or _was_taken_out(conversation)),
        linked=tuple(linked[:MOST_LINKED]),
        has_more=len(linked) > MOST_LINKED,
    )


def candidates(conversation: Conversation, search: str) -> list[Conversation]:
    """Return conversations of the same mailbox for a person to choose from, the newest first, in one query.

    `search` stands in the subject, or in the name or address of the correspondent; or it holds the number of a
    conversation, as its address does. Without it: what is linked, or has the same correspondent or subject.
    """
    rows = Conversation.objects.filter(mailbox=conversation.mailbox_id).unmerged().exclude(pk=conversation.pk)
    rows = rows.filter(_named_by(search) if search else _near(conversation))
    return list(rows.order_by("-last_at", "-id")[:MOST_FOUND])


def history_of(conversation: Conversation) -> list[ConversationEvent]:
    """Return what people and rules did with a conversation lately, the oldest first."""
    rows = conversation.events.select_related("membership__user").order_by("-at", "-id")[:MOST_EVENTS]
    return list(reversed(rows))


def _named_by(search: str) -> Q:
    number = _NUMBER.search(search)
    if number is not None:
        return Q(pk=uuid.UUID(number[0]))
    correspondent = Q(correspondent_name__icontains=search) | Q(correspondent_address__icontains=search)
    return correspondent | Q(subject__icontains=search)


def _near(conversation: Conversation) -> Q:
    near = Q(related_to=conversation) | Q(pk=conversation.related_to_id)
    if conversation.correspondent_address:
        near |= Q(correspondent_address=conversation.correspondent_address)
    if conversation.subject_key is not None:
        near |= Q(subject_key=conversation.subject_key)
    return near


def _takes_part(conversation: Conversation, origin: Conversation) -> bool:
    address = normalise(conversation.correspondent_address)
    return Participant.objects.filter(conversation=origin, address=address).exists()


def _was_taken_out(conversation: Conversation) -> bool:
    """Whether a person opened it, for messages that stood in another one."""
    kinds = (ConversationEvent.Kind.SPLIT, ConversationEvent.Kind.REMATCHED)
    return bool(conversation.events.filter(kind__in=kinds).exists())


_NUMBER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
