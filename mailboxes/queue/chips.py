"""What the list is narrowed by, each with the way to take it away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mailboxes.models import Conversation
from mailboxes.queue.filters import ANY_STATUS, ME, NOBODY, Filters, Order


@dataclass(frozen=True)
class Chip:
    """One filter in words; `without` is the query of the list without it."""

    what: str
    value: str
    without: str


def chips_of(filters: Filters) -> list[Chip]:
    """Return one chip for each filter, in the order of the filter menu."""
    return list(_chips(filters))


def _chips(filters: Filters) -> Iterable[Chip]:
    if filters.chosen_status and filters.status != filters.but(chosen_status="").status:
        yield Chip("Status", status_label(filters.status), filters.but(chosen_status="").query)
    if filters.mailbox is not None:
        yield Chip("Mailbox", filters.mailbox.name, filters.but(mailbox=None).query)
    if filters.topic is not None:
        yield Chip("Topic", filters.topic.name, filters.but(topic=None).query)
    if filters.tag is not None:
        yield Chip("Tag", filters.tag.name, filters.but(tag=None).query)
    if filters.holder is not None:
        yield Chip("Assigned to", _holder_words(filters), filters.but(holder=None).query)
    if filters.only_unread:
        yield Chip("", "Unread", filters.but(only_unread=False).query)
    if filters.only_troubled:
        yield Chip("", "Not delivered", filters.but(only_troubled=False).query)
    if filters.only_overdue:
        yield Chip("", "Overdue", filters.but(only_overdue=False).query)
    if filters.words:
        yield Chip("Search", filters.words, filters.but(words="").query)
    if filters.chosen_order == Order.WAITING:
        yield Chip("", "Longest waiting first", filters.but(chosen_order=Order.NEWEST).query)


def status_label(status: str) -> str:
    """Return a status, or ANY_STATUS, in words."""
    return "Any" if status == ANY_STATUS else str(Conversation.Status(status).label)


def _holder_words(filters: Filters) -> str:
    holder = filters.holder
    if holder is None or holder.value == NOBODY or holder.membership is None:
        return "nobody"
    return "me" if holder.value == ME else str(holder.membership.user)
