"""Narrows a list of conversations to those that a person searches for (SPEC Q1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from mailboxes.models import SearchEntry
from mailboxes.searching import filters
from mailboxes.searching.engines import engine
from mailboxes.searching.queries import Cost, Query, parse
from mailhub.tenancy.models import Membership


def narrow(conversations: QuerySet[Any], text: str, *, membership: Membership, now: datetime) -> QuerySet[Any]:
    """Return those of `conversations` that `text` asks for, in their order; raise SearchRefused.

    `conversations` are visible to the person already, and the mailboxes whose words are looked at are too (SPEC T3).
    Asks the database once or twice, to know which way is fast.
    """
    query = parse(text, now=now)
    found = filters.apply(conversations, query.filters, membership=membership)
    found = _of_conversations(found, query)
    if not query.clauses:
        return found
    entries = _entries(query, membership)
    return engine().holding(found, entries, cost=_cost_of(query))


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


def _entries(query: Query, membership: Membership) -> QuerySet[Any]:
    entries = SearchEntry.objects.visible_to(membership)
    entries = engine().matching(entries, query.clauses, tenant_id=membership.tenant_id)
    if query.since is not None:
        entries = entries.filter(at__gte=query.since)
    if query.until is not None:
        entries = entries.filter(at__lt=query.until)
    if query.has_attachment is not None:
        entries = entries.filter(has_attachment=query.has_attachment)
    return entries


def _cost_of(query: Query) -> Cost:
    wanted = [clause for clause in query.clauses if not clause.is_negative]
    if not wanted:
        return Cost.EVERYTHING
    has_phrase = any(term.address is None and len(term.words) > 1 for one in query.clauses for term in one.terms)
    return Cost.TEXTS if has_phrase else Cost.INDEX
