"""Search on SQLite: a table of its full-text engine (fts5), whose rows name their entry.

Rows whose entry is gone are harmless: only what an entry names is ever shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from mailboxes.models import SearchEntry
from mailboxes.searching.entries import Indexed
from mailboxes.searching.queries import Field, Query, Term
from mailhub.tenancy.models import Membership

_COLUMNS = {
    Field.ANYWHERE: "{sender recipients subject body}",
    Field.SENDER: "{sender}",
    Field.RECIPIENTS: "{recipients}",
    Field.SUBJECT: "{subject}",
}
_INSERT = "INSERT INTO mailboxes_searchwords (entry, sender, recipients, subject, body) VALUES (%s, %s, %s, %s, %s)"
_DELETE = (
    "DELETE FROM mailboxes_searchwords WHERE rowid IN "
    "(SELECT rowid FROM mailboxes_searchwords WHERE mailboxes_searchwords MATCH %s)"
)
_MATCH = "SELECT entry FROM mailboxes_searchwords WHERE mailboxes_searchwords MATCH %s"
_REPLACED = ["conversation", "at", "has_attachment"]


class SqliteEngine:
    """Keeps the words in a table beside the entries."""

    def write(self, indexed: Sequence[Indexed]) -> None:
        """Write entries with their words, in place of those with the same ids."""
        entries = [one.entry for one in indexed]
        known = SearchEntry.objects.filter(pk__in=[one.pk for one in entries]).values_list("pk", flat=True)
        self._remove_words(list(known))
        SearchEntry.objects.bulk_create(entries, update_conflicts=True, unique_fields=["id"], update_fields=_REPLACED)
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, [_row(one) for one in indexed])

    def forget(self, entry_ids: Collection[uuid.UUID]) -> None:
        """Remove entries and their words."""
        self._remove_words(entry_ids)
        SearchEntry.objects.filter(pk__in=entry_ids).delete()

    def holding(
        self, conversations: QuerySet[Any], entries: QuerySet[Any], query: Query, *, membership: Membership
    ) -> QuerySet[Any]:
        """Return the conversations that have one of `entries` that fits the query; those know their tenant."""
        entries = entries.filter(query.about_entries)
        for clause in query.clauses:
            found = RawSQL(_MATCH, [" OR ".join(_term(term) for term in clause.terms)])  # noqa: S611 (a parameter)
            entries = entries.exclude(pk__in=found) if clause.is_negative else entries.filter(pk__in=found)
        return conversations.filter(pk__in=entries.order_by().values("conversation_id"))

    def _remove_words(self, entry_ids: Collection[uuid.UUID]) -> None:
        if entry_ids:
            with connection.cursor() as cursor:
                cursor.executemany(_DELETE, [[f"entry : {one.hex}"] for one in entry_ids])


def _row(indexed: Indexed) -> list[str]:
    fields = (indexed.sender, indexed.recipients, indexed.subject, indexed.body)
    return [indexed.entry.pk.hex, *(" ".join(one.sequence) for one in fields)]


def _term(term: Term) -> str:
    """Return words as a phrase of fts5; there is no sign in them that would need the quotes to be doubled."""
    phrase = " ".join(term.words).replace('"', '""')
    return f'{_COLUMNS[term.field]} : "{phrase}"{" *" if term.is_beginning else ""}'
