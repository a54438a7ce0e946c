"""The two ways to find words: one for each database."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet

from mailboxes.searching.entries import Indexed
from mailboxes.searching.postgres import PostgresEngine
from mailboxes.searching.queries import Query
from mailboxes.searching.sqlite import SqliteEngine
from mailhub.tenancy.models import Membership


class Engine(Protocol):
    """What search asks of a database. Entries come within the scope of a tenant and of a person's mailboxes."""

    def write(self, indexed: Sequence[Indexed]) -> None:
        """Write entries with their words, in place of those with the same ids."""

    def forget(self, entry_ids: Collection[uuid.UUID]) -> None:
        """Remove entries and their words."""

    def holding(
        self, conversations: QuerySet[Any], entries: QuerySet[Any], query: Query, *, membership: Membership
    ) -> QuerySet[Any]:
        """Return the conversations that have one of `entries` in which stands what the query asks of a message."""


def engine() -> Engine:
    """Return the engine of the database that is in use."""
    return PostgresEngine() if connection.vendor == "postgresql" else SqliteEngine()
