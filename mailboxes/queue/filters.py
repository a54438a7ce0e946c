"""What a person asked the list for. All of it stands in the address, so a list can be shared, kept and gone back to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from mailboxes.models import Conversation, Mailbox, Tag, Topic
from mailboxes.queue.cursors import Cursor
from mailhub import clock
from mailhub.tenancy.models import Membership

ANY_STATUS = "all"
ME, NOBODY = "me", "nobody"
# More words than this are no search.
LONGEST_SEARCH = 500


class Order(StrEnum):
    """In which order conversations stand."""

    NEWEST = "newest"
    # Longest without a message first.
    WAITING = "waiting"
    # By the time until which an answer is due. Only what has such a time stands in it.
    DUE = "due"


@dataclass(frozen=True)
class Holder:
    """Who looks after conversations: a person, or nobody (None)."""

    # As the address has it: ME, NOBODY or the id of a membership.
    value: str
    membership: Membership | None


@dataclass(frozen=True)
class Filters:
    """Which conversations a person wants to see. None, False and "" stand for any."""

    # "" stands for the usual one: open conversations, and in a search those of every status.
    chosen_status: str = ""
    mailbox: Mailbox | None = None
    topic: Topic | None = None
    tag: Tag | None = None
    holder: Holder | None = None
    only_unread: bool = False
    # A message was not delivered, or may not have been.
    only_troubled: bool = False
    # The time until which an answer was due is over.
    only_overdue: bool = False
    words: str = ""
    chosen_order: Order = Order.NEWEST
    before: Cursor | None = None
    # When it was asked: what is overdue is so at this moment.
    now: datetime = field(default_factory=clock.now, compare=False)

    @property
    def status(self) -> str:
        return self.chosen_status or self._usual_status

    @property
    def order(self) -> Order:
        return Order.DUE if self.only_overdue else self.chosen_order

    @property
    def is_first_page(self) -> bool:
        return self.before is None

    @property
    def is_narrowed(self) -> bool:
        """Whether mail may be hidden by something else than its status."""
        rows = (self.mailbox, self.topic, self.tag, self.holder)
        return any((*rows, self.words, self.only_unread, self.only_troubled, self.only_overdue))

    @property
    def is_worth_keeping(self) -> bool:
        """Whether a saved view of this would say more than the views that everyone has."""
        return self.is_narrowed or self.chosen_order != Order.NEWEST

    @property
    def query(self) -> str:
        """What an address carries so that the list comes back as it was: "" or "?status=…"."""
        return self.query_with()

    @property
    def first_page_query(self) -> str:
        """The same without the place in the list."""
        return self.but().query

    @property
    def other_order(self) -> Filters:
        """The same from the other end: the newest first, or what waits longest."""
        is_newest = self.chosen_order == Order.NEWEST
        return self.but(chosen_order=Order.WAITING if is_newest else Order.NEWEST)

    def but(self, **changes: Any) -> Filters:
        """Return these filters, from their first page, with some of them changed."""
        return replace(self, **{"before": None, **changes})

    def query_with(self, *, more: Iterable[tuple[str, str]] = ()) -> str:
        """Return the query with further names and values behind it."""
        pairs = [*self._pairs(), *more]
        return f"?{urlencode(pairs)}" if pairs else ""

    def _pairs(self) -> Iterable[tuple[str, str]]:
        for name, row in (("mailbox", self.mailbox), ("topic", self.topic), ("tag", self.tag)):
            if row is not None:
                yield name, str(row.pk)
        if self.holder is not None:
            yield "assignee", self.holder.value
        if self.status != self._usual_status:
            yield "status", self.status
        for name, is_on in (
            ("unread", self.only_unread),
            ("trouble", self.only_troubled),
            ("overdue", self.only_overdue),
        ):
            if is_on:
                yield name, "1"
        if self.words:
            yield "q", self.words
        if self.chosen_order != Order.NEWEST:
            yield "order", self.chosen_order.value
        if self.before is not None:
            yield "before", str(self.before)

    @property
    def _usual_status(self) -> str:
        return ANY_STATUS if self.words else Conversation.Status.OPEN.value
