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

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    Lookup,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from mailboxes.models import Mailbox, SearchEntry
from mailboxes.models.search import WordVector
from mailboxes.searching.entries import Indexed
from mailboxes.searching.queries import Clause, Field, Query, Term
from mailboxes.searching.words import Words
from mailhub.tenancy.models import Membership

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
# full. To know in which order words stand, the text of each entry is read.
_FEW, _FEW_TEXTS = 6_000, 4_000
# If as many of the newest conversations have the words as a page shows, the list is walked, and the index is not asked:
# of a common word it would read all places before it names the first.
_NEWEST, _PAGE = 200, 51
# If fewer of the texts that were read have the words one after the other, the list is not walked in the hope of them.
_RARE = 5

# Neither text after text, nor the index once for each mailbox.
_UNWANTED = ("enable_seqscan", "enable_nestloop")
_BY_INDEX = "; ".join(f"SET LOCAL {name} = off" for name in _UNWANTED)
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _UNWANTED)

# A row without a conversation says that a page is filled; what the index names is then not asked for.
_FILLED_OR_NAMED = """WITH filled AS MATERIALIZED (SELECT count(*) = %s AS is_so FROM
    (SELECT FROM ({newest}) newest WHERE found IS NOT NULL LIMIT %s) found)
    SELECT NULL, true FROM filled WHERE is_so
    UNION ALL SELECT * FROM ({looked_at}) named WHERE NOT (SELECT is_so FROM filled)"""

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


class Among(Lookup):
    """`column = ANY(array)`: tested row by row, while an IN with a query may become a join, in any order."""

    lookup_name = "among"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_parameters, *right_parameters]


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

    def holding(
        self, conversations: QuerySet[Any], entries: QuerySet[Any], query: Query, *, membership: Membership
    ) -> QuerySet[Any]:
        """Return the conversations that have one of `entries` that fits the query, by the way that is fast for it.

        Asks whether the newest conversations are full of it; if not, which entries have the words at all, and of those
        whether they fit, until there are too many of them.
        """
        tenant_id = membership.tenant_id
        fitting = entries.filter(query.about_entries, vector__matches=tsquery(query.clauses, tenant_id=tenant_id))
        in_sight = _in_sight(conversations, membership)
        walked = _walked(in_sight, fitting)
        if all(clause.is_negative for clause in query.clauses):
            return walked
        most = _FEW_TEXTS if query.has_phrase else _FEW
        found = _by_index(_looked_at(entries, query, tenant_id)[: most + 1], unless=_newest(in_sight, fitting))
        if found is None:
            return walked
        named = {conversation_id for conversation_id, is_fitting in found if is_fitting}
        if len(found) <= most:
            # Written here: dumping so many ids one by one takes longer than finding them.
            return conversations.filter(pk__in=RawSQL("SELECT unnest(%s::uuid[])", [f"{{{','.join(named)}}}"]))
        # What was looked at is old rather than new, so of mail since a day it says nothing; and that list is shorter.
        if query.has_phrase and query.since is None and len(named) < _RARE:
            return conversations.filter(pk__in=fitting.order_by().values("conversation_id"))
        return walked


def _looked_at(entries: QuerySet[Any], query: Query, tenant_id: int) -> QuerySet[Any]:
    """Return (id of the conversation as text, whether it fits) of the entries that the index of words names.

    Texts are read for phrases only: the index knows all words, wanted and unwanted ones, but not their order.
    """
    fits = query.about_entries
    asked: Sequence[Clause] = query.clauses
    if query.has_phrase:
        fits &= Q(vector__matches=tsquery(asked, tenant_id=tenant_id))
        asked = [clause for clause in asked if not clause.is_negative]
    rows = entries.filter(vector__matches=tsquery(asked, tenant_id=tenant_id, is_order_kept=False)).order_by()
    if query.has_attachment:
        # The words of what brings a file have an index of their own.
        rows = rows.filter(has_attachment=True)
    is_fitting = ExpressionWrapper(fits, BooleanField()) if fits else Value(value=True)
    of_conversation = Cast("conversation_id", TextField())
    return rows.annotate(place=of_conversation, is_fitting=is_fitting).values_list("place", "is_fitting")


def _by_index(rows: QuerySet[Any], *, unless: QuerySet[Any]) -> list[tuple[str, bool]] | None:
    """Return rows that are found by the index of words; None if what `unless` finds fills a page already.

    However many the planner expects: it takes the reading of a text for as cheap as that of a number, so of a common
    word it would rather read one text after the other until it has seen enough.
    """
    try:
        newest, of_newest = unless.query.sql_with_params()
        looked_at, of_index = rows.query.sql_with_params()
    except EmptyResultSet:
        # The filters beside the words leave nothing.
        return []
    with connection.cursor() as cursor:
        # One round trip. What is set is so until the next statement, whether or not a transaction is open.
        statement = _FILLED_OR_NAMED.format(newest=newest, looked_at=looked_at)
        cursor.execute(f"{_BY_INDEX}; {statement}; {_AS_BEFORE}", [_PAGE, *of_newest, _PAGE, *of_index])
        for _name in _UNWANTED:
            cursor.nextset()
        found: list[tuple[str, bool]] = cursor.fetchall()
    return None if found and found[0][0] is None else found


def _walked(conversations: QuerySet[Any], entries: QuerySet[Any]) -> QuerySet[Any]:
    """Return the conversations that have one of `entries`, each looked at on its way down the list."""
    # Of what "is not null" the planner expects nearly everything, and so goes through the index of the list.
    return conversations.alias(found=_entry_of_each(entries)).filter(found__isnull=False)


def _newest(conversations: QuerySet[Any], entries: QuerySet[Any]) -> QuerySet[Any]:
    """Return for the newest conversations whether they have one of `entries`: one of its columns, or null."""
    return conversations.order_by("-last_at", "-id").values(found=_entry_of_each(entries))[:_NEWEST]


def _entry_of_each(entries: QuerySet[Any]) -> Subquery:
    # One entry is asked for, not whether there is any, which the planner would turn round to read all of them.
    return Subquery(entries.filter(conversation=OuterRef("pk")).order_by().values("conversation_id")[:1])


def _in_sight(conversations: QuerySet[Any], membership: Membership) -> QuerySet[Any]:
    """Say once more in which mailboxes the conversations are, so that those of others are passed by unread."""
    if membership.sees_every_mailbox:
        return conversations
    mailboxes = ArraySubquery(Mailbox.objects.visible_to(membership).values("pk"))
    return conversations.filter(Among(F("mailbox_id"), mailboxes))


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


def tsquery(clauses: Iterable[Clause], *, tenant_id: int, is_order_kept: bool = True) -> str:
    """Return what clauses ask for as a tsquery is written; the words of a phrase in any order unless `is_order_kept`.

    Which texts have them in any order the index tells by itself.
    """
    between = " <-> " if is_order_kept else " & "
    return " & ".join(_clause(clause, f"{tenant_id}", between) for clause in clauses)


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


def _clause(clause: Clause, tenant: str, between: str) -> str:
    terms = " | ".join(_term(term, tenant, between) for term in clause.terms)
    return f"!({terms})" if clause.is_negative else f"({terms})"


def _term(term: Term, tenant: str, between: str) -> str:
    start = tenant + _LETTERS[term.field]
    words = (term.address,) if term.address is not None else term.words
    asked = [_quoted(start + word) for word in words]
    if term.is_beginning:
        asked[-1] += ":*"
    return f"({between.join(asked)})"


def _quoted(word: str) -> str:
    """Return a word as a literal of both types; there is no sign in it that would need this."""
    doubled = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


_LETTERS = {Field.ANYWHERE: "a", Field.SENDER: "f", Field.RECIPIENTS: "t", Field.SUBJECT: "s"}
