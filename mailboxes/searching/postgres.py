"""Search on PostgreSQL: a tsvector for each entry, found by an index (GIN).

Each word in a vector begins with the number of its tenant and a letter for where it stands. So a search reads the
words of one tenant only, however many others use the same ones, and needs no look at a vector to know that a word
stands in the subject; weights would need that. What is written are literals of the two types, made of words in which
no sign has a meaning: the parsers of PostgreSQL, which differ by configuration, have no say in what a word is.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import Lookup, OuterRef, QuerySet, Subquery

from mailboxes.models import SearchEntry
from mailboxes.models.search import WordVector
from mailboxes.searching.entries import Indexed
from mailboxes.searching.queries import Clause, Cost, Field, Term
from mailboxes.searching.words import Words

# A tsvector holds a megabyte of words, a position ends at 16,383, and a word has 256 of them at most (PostgreSQL,
# "Text Search Limitations"); a position takes two octets, and a word up to eight more.
MOST_OCTETS = 900_000
LAST_POSITION = 16_383
MOST_POSITIONS = 200
_OVERHEAD = 8
_MOST_OCTETS_OF_A_CHARACTER = 4
# Between two fields, so that no phrase goes from one into the next.
_GAP = 10
# The conversations of so many entries are named one by one; of more, the list is walked from its top until a page is
# full.
_FEW = {Cost.INDEX: 10_000, Cost.TEXTS: 5_000, Cost.EVERYTHING: 0}

_REPLACED = ["conversation", "at", "has_attachment", "vector"]


# A word, and where it stands.
_Positions = dict[str, list[int]]


@WordVector.register_lookup
class Matches(Lookup):
    """`vector @@ tsquery`, the query written as PostgreSQL writes a tsquery."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} @@ %s::tsquery", [*parameters, self.rhs]


class PostgresEngine:
    """Keeps the words in the entries themselves."""

    def write(self, indexed: Sequence[Indexed]) -> None:
        """Write entries with their words, in place of those with the same ids."""
        for one in indexed:
            one.entry.vector = tsvector(one)
        SearchEntry.objects.bulk_create(
            [one.entry for one in indexed], update_conflicts=True, unique_fields=["id"], update_fields=_REPLACED
        )

    def forget(self, entry_ids: Collection[uuid.UUID]) -> None:
        """Remove entries."""
        SearchEntry.objects.filter(pk__in=entry_ids).delete()

    def matching(self, entries: QuerySet[Any], clauses: Sequence[Clause], *, tenant_id: int) -> QuerySet[Any]:
        """Return the entries in which what `clauses` ask for stands."""
        return entries.filter(vector__matches=tsquery(clauses, tenant_id=tenant_id))

    def holding(self, conversations: QuerySet[Any], entries: QuerySet[Any], *, cost: Cost) -> QuerySet[Any]:
        """Return the conversations that have one of `entries`, by the way that is fast for so many."""
        most = _FEW[cost]
        if most:
            found = list(entries.order_by().values_list("conversation_id", flat=True)[: most + 1])
            if len(found) <= most:
                return conversations.filter(pk__in=set(found))
        # One entry is asked for, not whether there is any, which the planner would turn round to read all of them. Of
        # what "is not null" it expects nearly everything, and so goes through the index of the list.
        of_this = entries.filter(conversation=OuterRef("pk")).order_by().values("conversation_id")[:1]
        return conversations.alias(found=Subquery(of_this)).filter(found__isnull=False)


def tsvector(indexed: Indexed) -> str:
    """Return the words of an entry as a tsvector is written."""
    written: list[str] = []
    anywhere: _Positions = {}
    at = 0
    for words, where in (
        (indexed.subject, Field.SUBJECT),
        (indexed.body, Field.ANYWHERE),
        (indexed.sender, Field.SENDER),
        (indexed.recipients, Field.RECIPIENTS),
    ):
        _place(words, at, anywhere)
        if where is not Field.ANYWHERE:
            there: _Positions = {}
            _place(words, at, there)
            written += _written(there, f"{indexed.entry.tenant_id}{_LETTERS[where]}")
        at += len(words.sequence) + _GAP
    written += _written(anywhere, f"{indexed.entry.tenant_id}{_LETTERS[Field.ANYWHERE]}")
    return _bounded(written)


def tsquery(clauses: Iterable[Clause], *, tenant_id: int) -> str:
    """Return what clauses ask for as a tsquery is written."""
    return " & ".join(_clause(clause, f"{tenant_id}") for clause in clauses)


def _place(words: Words, after: int, positions: _Positions) -> None:
    """Add where words stand, counted from `after` on; of an address only that it is there."""
    for position, word in enumerate(words.sequence, start=after + 1):
        found = positions.get(word)
        if found is None:
            positions[word] = [position]
        elif len(found) < MOST_POSITIONS:
            found.append(position)
    for address in words.addresses:
        positions.setdefault(address, [])


def _written(positions: _Positions, start: str) -> Iterator[str]:
    for word, found in positions.items():
        # Most words stand there once.
        if len(found) == 1 and found[0] <= LAST_POSITION:
            yield f"'{start}{word}':{found[0]}"
        elif kept := [str(position) for position in found if position <= LAST_POSITION]:
            yield f"'{start}{word}':{','.join(kept)}"
        else:
            yield f"'{start}{word}'"


def _bounded(written: list[str]) -> str:
    """Return as many words as a tsvector holds. The digits of a position are as many octets as it takes, or more."""
    text = " ".join(written)
    if len(text) * _MOST_OCTETS_OF_A_CHARACTER + len(written) * _OVERHEAD <= MOST_OCTETS:
        return text
    room = MOST_OCTETS
    for count, word in enumerate(written):
        room -= len(word.encode()) + _OVERHEAD
        if room < 0:
            return " ".join(written[:count])
    return text


def _clause(clause: Clause, tenant: str) -> str:
    terms = " | ".join(_term(term, tenant) for term in clause.terms)
    return f"!({terms})" if clause.is_negative else f"({terms})"


def _term(term: Term, tenant: str) -> str:
    start = tenant + _LETTERS[term.field]
    words = (term.address,) if term.address is not None else term.words
    asked = [_quoted(start + word) for word in words]
    if term.is_beginning:
        asked[-1] += ":*"
    return f"({' <-> '.join(asked)})"


def _quoted(word: str) -> str:
    """Return a word as a literal of both types; there is no sign in it that would need this."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


_LETTERS = {Field.ANYWHERE: "a", Field.SENDER: "f", Field.RECIPIENTS: "t", Field.SUBJECT: "s"}
