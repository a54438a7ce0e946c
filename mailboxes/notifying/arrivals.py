"""Whom mail that came in is news for: one look at the database for a whole window of mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery, UUIDField

from mailboxes.models import Conversation, Mention, Notification, OutgoingMessage
from mailboxes.notifying.telling import News
from mailboxes.notifying.telling import tell as tell_news

_Kind = Notification.Kind


@dataclass(frozen=True)
class Arrival:
    """One mail that came in in a conversation."""

    conversation: Conversation
    is_bounce: bool
    # Whom a rule gave the conversation to because of it.
    assigned_to_id: UUID | None
    # Who wrote the message that it answers or reports on.
    writer_id: UUID | None
    is_mailed: bool
    at: datetime


def tell(arrivals: Sequence[Arrival]) -> None:
    """Tell the people of these conversations, once of each, within the transaction that files the mail."""
    concerned = _concerned([one.conversation for one in arrivals if _is_shared(one)])
    tell_news((news for one in arrivals for news in _news_of(one, concerned)), now=arrivals[0].at)


def _is_shared(arrival: Arrival) -> bool:
    """Whether it is up to those who had a part in it: nobody is in charge."""
    return not arrival.is_bounce and arrival.conversation.assignee_id is None


def _news_of(arrival: Arrival, concerned: dict[UUID, set[UUID]]) -> Iterator[News]:
    conversation = arrival.conversation
    if arrival.assigned_to_id is not None:
        yield News(arrival.assigned_to_id, conversation, _Kind.ASSIGNED, is_mailed=arrival.is_mailed)
        return
    if arrival.is_bounce:
        if arrival.writer_id is not None:
            yield News(arrival.writer_id, conversation, _Kind.UNDELIVERED, is_mailed=arrival.is_mailed)
        return
    in_charge = conversation.assignee_id
    for person in concerned[conversation.pk] if in_charge is None else {in_charge}:
        yield News(person, conversation, _Kind.REPLIED, is_mailed=arrival.is_mailed)


def _concerned(conversations: Sequence[Conversation]) -> dict[UUID, set[UUID]]:
    """Return of each conversation who wrote the last answer in it, and who was named in notes."""
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    wanted = {one.pk for one in conversations}
    if not wanted:
        return found
    answers = OutgoingMessage.objects.filter(
        conversation=OuterRef("pk"), origin=OutgoingMessage.Origin.PERSON, written_by__isnull=False
    )
    last = Subquery(answers.order_by("-created_at").values("written_by")[:1], output_field=UUIDField())
    rows = Conversation.objects.filter(pk__in=wanted).annotate(last_writer=last).values_list("pk", "last_writer")
    mentions = Mention.objects.filter(note__conversation__in=wanted).values_list("note__conversation", "membership")
    for conversation_id, person in (*rows, *mentions.distinct()):
        if person is not None:
            found[conversation_id].add(person)
    return found
