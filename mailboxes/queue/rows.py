"""What the list shows of a conversation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mailboxes.models import Conversation
from mailboxes.queue.cursors import Cursor


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    conversation: Conversation
    name: str
    is_unread: bool
    needs_someone: bool
    is_overdue: bool

    @property
    def shown(self) -> tuple[Any, ...]:
        """Everything that people see of the row, for telling whether it is still as they see it."""
        one = self.conversation
        topic, assignee = one.topic, one.assignee
        return (
            *(str(one.pk), self.name, self.is_unread, self.needs_someone, self.is_overdue),
            *(one.last_at.isoformat(), one.message_count, one.subject, one.snippet, one.status, one.priority),
            *(str(one.snoozed_until), one.has_attachment, one.mailbox.name),
            *(topic.name if topic else "", str(assignee.user) if assignee else ""),
            *(tagged.tag.name for tagged in one.conversation_tags.all()),
        )


@dataclass(frozen=True)
class Page:
    """Some rows in the order that was asked for, and where the next page begins (None on the last).

    `refused` says in words why what was searched for cannot be; there are no rows then.
    """

    rows: tuple[Row, ...]
    next_cursor: Cursor | None
    refused: str = ""


def fingerprint(parts: Iterable[Any]) -> str:
    """Return a short text that is another one as soon as anything of what is shown changes."""
    return hashlib.blake2b(repr(list(parts)).encode(), digest_size=12).hexdigest()
