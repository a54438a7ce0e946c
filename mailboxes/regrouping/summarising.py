"""What a conversation says of its messages in the list, read out of them anew after some came or went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailboxes.addresses import normalise
from mailboxes.models import Conversation, Message, OutgoingMessage, Participant
from mailboxes.subjects import normalise_subject, subject_key
from servers.models import FolderRole


@dataclass(frozen=True)
class Item:
    """One message of a conversation, as far as the list tells of it."""

    at: datetime
    subject: str
    snippet: str
    # Whom it is from, or of ours, whom it went to first.
    name: str
    address: str
    # Everybody whom it names, normalised.
    people: frozenset[str]
    # When that came in which somebody has to read; None of what we wrote.
    arrived_at: datetime | None = None
    is_automatic: bool = False


def items_of(conversation: Conversation) -> list[Item]:
    """Return the messages of a conversation, the oldest first."""
    received = Message.objects.filter(conversation=conversation).only(*_RECEIVED)
    sent = OutgoingMessage.objects.filter(conversation=conversation).only(*_SENT)
    items = [*(item_of(one) for one in received), *(_sent(one) for one in sent)]
    return sorted(items, key=lambda item: item.at)


def summarise(conversation: Conversation, items: list[Item]) -> None:
    """Set what the list shows; the caller saves it.

    Subject and correspondent stay as people know them as long as some message has them, else they are of the first.
    """
    if normalise_subject(conversation.subject) not in {normalise_subject(one.subject) for one in items}:
        set_subject(conversation, items[0])
    if conversation.correspondent_address not in {one.address for one in items}:
        set_correspondent(conversation, items[0])
    # The answer of a machine brings a conversation no further up in the list.
    newest = next((one for one in reversed(items) if not one.is_automatic), items[-1])
    conversation.snippet, conversation.last_at = newest.snippet, newest.at
    conversation.last_received_at = max((one.arrived_at for one in items if one.arrived_at), default=None)
    conversation.message_count = len(items)


def set_subject(conversation: Conversation, item: Item) -> None:
    conversation.subject, conversation.subject_key = item.subject, subject_key(item.subject)


def set_correspondent(conversation: Conversation, item: Item) -> None:
    conversation.correspondent_name, conversation.correspondent_address = item.name, item.address


def set_participants(conversation: Conversation, items: Iterable[Item], own_addresses: frozenset[str]) -> None:
    """Let those take part whom the messages name, and nobody else: who left cannot join by quoting (SECURITY B079)."""
    people = frozenset[str]().union(*(one.people for one in items)) - own_addresses
    Participant.objects.filter(conversation=conversation).exclude(address__in=people).delete()
    conversation.add_participants(set(people))


def item_of(message: Message) -> Item:
    """Return what the list tells of a received message."""
    is_ours = message.folder_role == FolderRole.SENT
    people = _addresses([*message.to, *message.cc])
    if is_ours:
        name, address = _first([*message.to, *message.cc])
    else:
        name, address = message.from_name, message.from_address
        people |= _addresses(message.reply_to) | {normalise(one) for one in [address] if one}
    return Item(
        at=message.received_at,
        subject=message.subject,
        snippet=message.snippet,
        name=name,
        address=address,
        people=people,
        arrived_at=None if is_ours or message.is_archived else message.stored_at,
    )


def _sent(outgoing: OutgoingMessage) -> Item:
    everybody = [*outgoing.to, *outgoing.cc]
    name, address = _first(everybody)
    return Item(
        at=outgoing.created_at,
        subject=outgoing.subject,
        snippet=outgoing.snippet,
        name=name,
        address=address,
        people=_addresses(everybody),
        is_automatic=outgoing.origin == OutgoingMessage.Origin.AUTOMATIC,
    )


def _first(pairs: list[list[str]]) -> tuple[str, str]:
    name, address = next(iter(pairs), ["", ""])
    return name[:200], address[:320]


def _addresses(pairs: list[list[str]]) -> frozenset[str]:
    return frozenset(normalise(address) for _name, address in pairs if address)


_RECEIVED = (
    "received_at",
    "stored_at",
    "folder_role",
    "is_archived",
    "subject",
    "snippet",
    "from_name",
    "from_address",
    "to",
    "cc",
    "reply_to",
)
_SENT = ("created_at", "origin", "subject", "snippet", "to", "cc")
