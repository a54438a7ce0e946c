"""The list of conversations: what a person asked for, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q

from mailboxes.models import Conversation, Delivery, Mailbox, Topic
from mailboxes.showing import shown_name
from mailhub.tenancy.models import Membership

PAGE_SIZE = 50
ANY_STATUS = "all"


class InvalidCursor(ValueError):
    """The text is no cursor of ours."""


@dataclass(frozen=True)
class Cursor:
    """The last conversation of a page: the next page begins behind it."""

    last_at: datetime
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.last_at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what `str()` wrote; raise InvalidCursor for anything else."""
        last_at, _tilde, row_id = text.partition("~")
        try:
            cursor = cls(datetime.fromisoformat(last_at), uuid.UUID(row_id))
            # At either end of the calendar there is no such moment in the time zone of the database.
            cursor.last_at.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise InvalidCursor(text[:100]) from error
        if cursor.last_at.tzinfo is None:
            raise InvalidCursor(text[:100])
        return cursor


@dataclass(frozen=True)
class Filters:
    """Which conversations a person wants to see. `mailbox` is None for all that they may use, `topic` for any."""

    status: str = Conversation.Status.OPEN
    mailbox: Mailbox | None = None
    topic: Topic | None = None
    only_unread: bool = False
    before: Cursor | None = None

    @property
    def is_first_page(self) -> bool:
        return self.before is None

    @property
    def is_narrowed(self) -> bool:
        """Whether mail may be hidden by something else than its status."""
        return self.mailbox is not None or self.topic is not None or self.only_unread

    @property
    def query(self) -> str:
        """What an address carries so that the list comes back as it was: "" or "?status=…"."""
        return self.query_with()

    @property
    def first_page_query(self) -> str:
        """The same without the place in the list."""
        return replace(self, before=None).query

    @property
    def any_topic_query(self) -> str:
        """The same, from its first page, with conversations about anything."""
        return replace(self, topic=None, before=None).query

    def query_with(
        self,
        *,
        status: str | None = None,
        only_unread: bool | None = None,
        before: Cursor | None = None,
        more: Iterable[tuple[str, str]] = (),
    ) -> str:
        """Return the query with some of it changed; another status or unread filter begins at the first page."""
        wanted_status = status or self.status
        wanted_unread = self.only_unread if only_unread is None else only_unread
        is_same = wanted_status == self.status and wanted_unread == self.only_unread
        wanted_before = before or (self.before if is_same else None)
        pairs = [("mailbox", str(self.mailbox.pk))] if self.mailbox else []
        if self.topic:
            pairs.append(("topic", str(self.topic.pk)))
        if wanted_status != Conversation.Status.OPEN:
            pairs.append(("status", wanted_status))
        if wanted_unread:
            pairs.append(("unread", "1"))
        if wanted_before:
            pairs.append(("before", str(wanted_before)))
        pairs += more
        return f"?{urlencode(pairs)}" if pairs else ""


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    conversation: Conversation
    name: str
    is_unread: bool
    needs_someone: bool


@dataclass(frozen=True)
class Page:
    """Some rows, newest first, and where the next page begins (None on the last)."""

    rows: tuple[Row, ...]
    next_cursor: Cursor | None


def page_of(membership: Membership, filters: Filters) -> Page:
    """Return one page of the conversations that this person may see, in one query."""
    wanted = Conversation.objects.visible_to(membership).unmerged().with_unread_for(membership)
    if filters.mailbox is not None:
        wanted = wanted.filter(mailbox=filters.mailbox)
    if filters.topic is not None:
        wanted = wanted.filter(topic=filters.topic)
    if filters.status != ANY_STATUS:
        wanted = wanted.filter(status=filters.status)
    if filters.only_unread:
        wanted = wanted.filter(is_unread=True)
    if filters.before is not None:
        wanted = wanted.filter(_behind(filters.before))
    troubled = Delivery.objects.filter(
        outgoing_message__conversation=OuterRef("pk"), state__in=[Delivery.State.FAILED, Delivery.State.UNCERTAIN]
    )
    found = list(
        wanted.annotate(needs_someone=Exists(troubled))
        .with_labels()
        .select_related("mailbox")
        .order_by("-last_at", "id")[: PAGE_SIZE + 1]
    )
    rows = tuple(_row(conversation) for conversation in found[:PAGE_SIZE])
    if len(found) <= PAGE_SIZE:
        return Page(rows, None)
    last = rows[-1].conversation
    return Page(rows, Cursor(last.last_at, last.pk))


def _behind(cursor: Cursor) -> Q:
    # Bounding `last_at` first lets the index find the place; the second part breaks ties.
    return Q(last_at__lte=cursor.last_at) & ~Q(last_at=cursor.last_at, id__lte=cursor.id)


def _row(conversation: Any) -> Row:
    return Row(
        conversation=conversation,
        name=shown_name(conversation.correspondent_name, conversation.correspondent_address),
        is_unread=conversation.is_unread,
        needs_someone=conversation.needs_someone,
    )
