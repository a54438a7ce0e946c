"""Narrows a list of conversations to those that a person searches for (SPEC Q1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from mailboxes.models import SearchEntry
from mailboxes.searching import filters
from mailboxes.searching.engines import engine
from mailboxes.searching.queries import Query, parse
from mailhub.tenancy.models import Membership


def narrow(conversations: QuerySet[Any], text: str, *, membership: Membership, now: datetime) -> QuerySet[Any]:
    """Return those of `conversations` that `text` asks for, in their order; raise SearchRefused.

    `conversations` are visible to the person already, and the mailboxes whose words are looked at are too (SPEC T3).
    Asks the database at most once more, to know which way is fast.
    """
    query = parse(text, now=now)
    found = filters.apply(conversations, query.filters, membership=membership)
    found = _of_conversations(found, query)
    if not query.clauses:
        return found
    entries = SearchEntry.objects.visible_to(membership)
    return engine().holding(found, entries, query, membership=membership)


def _of_conversations(conversations: QuerySet[Any], query: Query) -> QuerySet[Any]:
    """Return the conversations that can be meant, by columns of their own.

    Without words a date is about the last message, by which the list is sorted.
    """
    if query.since is not None:
        conversations = conversations.filter(last_at__gte=query.since)
    if query.until is not None and not query.clauses:
        conversations = conversations.filter(last_at__lt=query.until)
    if query.has_attachment is not None and (query.has_attachment or not query.clauses):
        conversations = conversations.filter(has_attachment=query.has_attachment)
    return conversations
