"""The words of mail and notes, for searching (SPEC Q1).

On PostgreSQL they stand in `vector`, with an index of its own (GIN); on SQLite in a table of its full-text engine,
which knows an entry by its id. Both are made in a migration; `mailboxes.searching` writes and asks them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from mailboxes.models.conversations import Conversation
from mailboxes.models.mailboxes import Mailbox, OfMailboxManager
from mailhub.tenancy.rows import TenantModel


class WordVector(models.Field):  # type: ignore[type-arg]
    """A tsvector of PostgreSQL. Other databases have an empty column in its place."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


class SearchEntry(TenantModel):
    """One message, sent message or note, as search knows it; `id` is the id of that row."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Received"
        SENT = "sent", "Sent"
        NOTE = "note", "Note"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="search_entries", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    has_attachment = models.BooleanField(default=False)
    vector = WordVector(null=True, editable=False)

    objects: ClassVar[OfMailboxManager] = OfMailboxManager()

    class Meta:
        indexes = [
            models.Index(fields=["mailbox", "-at"], name="search_entry_by_time"),
            models.Index(fields=["conversation", "at"], name="search_entry_of_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
