"""What a window of received mail writes: collected while handlers decide, written in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from mailboxes.models import Conversation, Message, Participant
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.updating import update_rows


class Stale(Exception):
    """What was decided rests on a conversation that was merged into another meanwhile: decide anew."""


@dataclass
class ConversationChange:
    """What becomes of one conversation by messages that are filed in it, and by rules."""

    conversation: Conversation
    message_count: int = 0
    last_at: datetime | None = None
    last_received_at: datetime | None = None
    snippet: str | None = None
    # The snippet counts only if no newer message is there.
    is_snippet_of_newest: bool = False
    # Columns to set as they are: status, topic, assignee, priority.
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, other: ConversationChange) -> None:
        """Take in what a later message does to the same conversation."""
        self.message_count += other.message_count
        self.last_at = _latest(self.last_at, other.last_at)
        self.last_received_at = _latest(self.last_received_at, other.last_received_at)
        if other.snippet is not None:
            self.snippet, self.is_snippet_of_newest = other.snippet, other.is_snippet_of_newest
        self.values.update(other.values)

    def apply_to_new(self) -> None:
        """Change a conversation that is not in the database yet."""
        conversation = self.conversation
        is_newest = self.last_at is None or conversation.last_at <= self.last_at
        conversation.message_count += self.message_count
        if self.snippet is not None and (is_newest or not self.is_snippet_of_newest):
            conversation.snippet = self.snippet
        if self.last_at is not None:
            conversation.last_at = max(conversation.last_at, self.last_at)
        conversation.last_received_at = _latest(conversation.last_received_at, self.last_received_at)
        for name, value in self.values.items():
            setattr(conversation, name, value)

    def write(self) -> None:
        """Change the row; a person may answer in this moment, so the database counts and compares."""
        values: dict[str, Any] = dict(self.values)
        if self.message_count:
            values["message_count"] = F("message_count") + self.message_count
        if self.snippet is not None:
            values["snippet"] = self._snippet()
        if self.last_at is not None:
            values["last_at"] = Greatest(F("last_at"), self.last_at)
        if self.last_received_at is not None:
            values["last_received_at"] = self.last_received_at
        if values:
            Conversation.objects.filter(pk=self.conversation.pk).update(**values)

    def _snippet(self) -> Any:
        if not self.is_snippet_of_newest:
            return self.snippet
        return Case(When(Q(last_at__lte=self.last_at), then=Value(self.snippet)), default=F("snippet"))


@dataclass
class Writes:
    """Rows to create, conversations to change, and what else happens in the transaction."""

    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    changes: dict[UUID, ConversationChange] = field(default_factory=dict)
    rows: dict[type[TenantModel], list[TenantModel]] = field(default_factory=dict)
    preparations: list[Callable[[], Callable[[], None]]] = field(default_factory=list)
    actions: list[Callable[[], None]] = field(default_factory=list)
    gathered: dict[Callable[[list[Any]], None], list[Any]] = field(default_factory=dict)

    def open(self, conversation: Conversation) -> None:
        """Create a conversation."""
        self.conversations[conversation.pk] = conversation

    def change(self, change: ConversationChange) -> None:
        """Change a conversation, a new one or one that is there."""
        known = self.changes.get(change.conversation.pk)
        if known is None:
            self.changes[change.conversation.pk] = change
        else:
            known.add(change)

    def set(self, conversation: Conversation, **values: Any) -> None:
        """Set columns of a conversation."""
        self.change(ConversationChange(conversation, values=values))

    def create(self, rows: Iterable[TenantModel]) -> None:
        """Create rows; they may point to the message and to conversations that are created here."""
        for row in rows:
            self.rows.setdefault(type(row), []).append(row)

    def do(self, action: Callable[[], None]) -> None:
        """Run `action` in the transaction, after the conversations and before the messages are written.

        For what must be one with them and cannot be a row to create: a mail that is submitted, a probe that is
        settled. It may run again if the window is decided anew, so it changes nothing but the database and the trace.
        """
        self.actions.append(action)

    def prepare(self, preparation: Callable[[], Callable[[], None]]) -> None:
        """Run `preparation` before the transaction is open, and what it returns as `do` would.

        For what waits for the disk, such as the bytes of a mail that is then submitted.
        """
        self.preparations.append(preparation)

    def gather(self, action: Callable[[list[Any]], None], item: Any) -> None:
        """Run `action` once in the transaction, with what all messages of the window gave to it.

        For what asks the database the same for one and for many. It sees the conversations as they are then.
        """
        self.gathered.setdefault(action, []).append(item)

    def take_in(self, other: Writes) -> None:
        """Add what the next message of the window writes."""
        self.conversations.update(other.conversations)
        for change in other.changes.values():
            if change.conversation.pk in self.conversations:
                change.apply_to_new()
            else:
                self.change(change)
        for model, rows in other.rows.items():
            self.rows.setdefault(model, []).extend(rows)
        self.preparations += other.preparations
        self.actions += other.actions
        for action, items in other.gathered.items():
            self.gathered.setdefault(action, []).extend(items)

    def make_ready(self) -> None:
        """Run the preparations; no transaction is open."""
        self.actions += [prepare() for prepare in self.preparations]
        self.preparations.clear()

    def write(self, messages: Iterable[Message]) -> None:
        """Write everything; the caller has opened the transaction. Raises Stale."""
        self._hold_conversations()
        Conversation.objects.bulk_create(self.conversations.values())
        for change in self.changes.values():
            change.write()
        for action in self.actions:
            action()
        for gathering, items in self.gathered.items():
            gathering(items)
        update_rows(list(messages), _FILLED)
        for model, rows in self.rows.items():
            model.objects.bulk_create(rows, ignore_conflicts=model in _MAY_BE_THERE)

    def _hold_conversations(self) -> None:
        """Lock what is changed. Raises Stale if that was merged, or what is only linked to.

        A merge moves the people too: who takes part can look like a stranger, whose mail opens a conversation.
        """
        rows = Conversation.objects.select_for_update().filter(pk__in=self.changes).order_by("pk")
        merged = list(rows.values_list("merged_into", flat=True)) if self.changes else []
        linked = {one.related_to_id for one in self.conversations.values() if one.related_to_id}
        if any(merged) or (linked and Conversation.objects.filter(pk__in=linked, merged_into__isnull=False).exists()):
            raise Stale


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)


_MAY_BE_THERE: frozenset[type[TenantModel]] = frozenset({Participant})
# Everything but what names the message and its bytes, which never change.
_FIXED = {"id", "tenant", "mailbox", "raw_sha256", "size", "stored_at", "received_at", "folder_role", "arrived_by"}
_FILLED = [field for field in Message._meta.concrete_fields if field.name not in _FIXED]
