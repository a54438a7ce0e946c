"""What a person may write into the search field, and what is meant by it (SPEC Q1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from django.db.models import Q

from mailboxes.searching.dates import span_of
from mailboxes.searching.words import asked_address, asked_words

MAX_CHARACTERS = 500
MAX_TERMS = 30
# Of a shorter word too many others are the beginning.
SHORTEST_BEGINNING = 3


class SearchRefused(Exception):
    """It cannot be searched for that; the text says what to write instead."""


class Field(Enum):
    """Where a word stands."""

    ANYWHERE = "anywhere"
    SENDER = "sender"
    RECIPIENTS = "recipients"
    SUBJECT = "subject"


@dataclass(frozen=True)
class Term:
    """Words one after the other in a field; or an address as a whole. The last word may go on if `is_beginning`."""

    words: tuple[str, ...]
    field: Field = Field.ANYWHERE
    address: str | None = None
    is_beginning: bool = False


@dataclass(frozen=True)
class Clause:
    """A message must have one of the terms, or none if `is_negative`."""

    terms: tuple[Term, ...]
    is_negative: bool = False


class About(Enum):
    """What a filter asks of a conversation."""

    MAILBOX = "in"
    STATE = "is"
    TAG = "tag"
    TOPIC = "topic"
    ASSIGNEE = "assignee"


@dataclass(frozen=True)
class Filter:
    """Something that a conversation has, or has not if `is_negative`."""

    about: About
    value: str
    is_negative: bool = False


@dataclass(frozen=True)
class Query:
    """Clauses, dates and attachment are about one message; filters about its conversation."""

    clauses: tuple[Clause, ...] = ()
    filters: tuple[Filter, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    has_attachment: bool | None = None

    @property
    def about_entries(self) -> Q:
        """What is asked of a message beside its words: its time, and whether it brings a file."""
        asked = Q()
        if self.since is not None:
            asked &= Q(at__gte=self.since)
        if self.until is not None:
            asked &= Q(at__lt=self.until)
        if self.has_attachment is not None:
            asked &= Q(has_attachment=self.has_attachment)
        return asked

    @property
    def has_phrase(self) -> bool:
        """Whether the order of words counts, which a list of the words of a text does not tell."""
        terms = (term for clause in self.clauses for term in clause.terms)
        return any(term.address is None and len(term.words) > 1 for term in terms)

    @property
    def asked_terms(self) -> tuple[Term, ...]:
        """The terms of which something stands in what is found."""
        return tuple(term for clause in self.clauses if not clause.is_negative for term in clause.terms)


def parse(text: str, *, now: datetime) -> Query:
    """Return what `text` asks for; raise SearchRefused. What is no operator is taken as words."""
    if len(text) > MAX_CHARACTERS:
        raise SearchRefused(f"Search for less: at most {MAX_CHARACTERS} characters.")
    reading = _Reading(now=now)
    for item in _items(text):
        reading.take(item)
    return reading.query()


@dataclass(frozen=True)
class _Item:
    """One thing as it was written: `-from:"Anna Berg"`."""

    written: str
    key: str
    value: str
    is_negative: bool
    is_quoted: bool
    # Nothing follows, not even a space: the person may still be writing it.
    is_last: bool


def _items(text: str) -> Iterator[_Item]:
    cleaned = text.replace("\0", " ")
    for match in _ITEM.finditer(cleaned):
        key = (match["key"] or "").lower()
        is_quoted = match["quoted"] is not None
        value = match["quoted"] if is_quoted else match["bare"] or ""
        if key and key not in _OPERATORS:
            # "Re: offer" and "https://…" ask for words.
            key, value = "", f"{match['key']}:{value}"
        yield _Item(match[0], key, value, bool(match["minus"]), is_quoted, match.end() == len(cleaned))


@dataclass
class _Reading:
    """What was understood so far."""

    now: datetime
    clauses: list[Clause] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    has_attachment: bool | None = None
    _joins_next: bool = False
    _may_join: bool = False

    def take(self, item: _Item) -> None:
        if not item.key and not item.is_quoted and not item.is_negative and item.value in ("OR", "|"):
            self._joins_next = self._may_join
            return
        joins, self._joins_next, self._may_join = self._joins_next, False, False
        if item.key in _FIELDS or not item.key:
            self._take_words(item, joins=joins)
            return
        if joins:
            raise SearchRefused(f"OR stands between words, not in front of “{item.key}:”.")
        if not item.value.strip():
            raise SearchRefused(f"Write something behind “{item.key}:”, as in {_EXAMPLES[item.key]}.")
        if item.key in _DATES:
            self._take_date(item)
        elif item.key == "has":
            self._take_attachment(item)
        else:
            self._take_filter(item)

    def query(self) -> Query:
        if len(self.clauses) + len(self.filters) > MAX_TERMS:
            raise SearchRefused(f"Search for fewer words: at most {MAX_TERMS}.")
        return Query(tuple(self.clauses), tuple(self.filters), self.since, self.until, self.has_attachment)

    def _take_words(self, item: _Item, *, joins: bool) -> None:
        if not item.key and not item.is_quoted and item.value == "AND":
            return
        if item.key and not item.value.strip():
            raise SearchRefused(f"Write something behind “{item.key}:”, as in {_EXAMPLES[item.key]}.")
        term = _term(item)
        if term is None:
            # Nothing but signs: there is nothing to look for.
            return
        self._may_join = not item.is_negative
        if joins and not item.is_negative:
            before = self.clauses.pop()
            self.clauses.append(Clause((*before.terms, term)))
        else:
            self.clauses.append(Clause((term,), item.is_negative))

    def _take_date(self, item: _Item) -> None:
        if item.is_negative:
            raise SearchRefused(f"Write “before:” or “after:” without the minus in front of “{item.key}:”.")
        span = span_of(item.value, now=self.now)
        if span is None:
            raise SearchRefused(
                f"“{item.value[:40]}” is no date: write {item.key}:2026-05-31, {item.key}:2026-05 or {item.key}:7d."
            )
        if item.key in ("after", "since", "on"):
            self.since = max(self.since or span.start, span.start)
        if item.key in ("before", "on"):
            end = span.end if item.key == "on" else span.start
            self.until = min(self.until or end, end)

    def _take_attachment(self, item: _Item) -> None:
        if item.value.lower() not in ("attachment", "attachments", "file", "files"):
            raise SearchRefused("Write has:attachment for mail that brings a file.")
        self.has_attachment = not item.is_negative

    def _take_filter(self, item: _Item) -> None:
        about = _ABOUT[item.key]
        value = item.value.strip()
        if about is About.STATE:
            value = value.lower()
            if value not in STATES:
                raise SearchRefused(f"“is:{value[:40]}” is not known. Write one of {', '.join(STATES)} behind “is:”.")
        self.filters.append(Filter(about, value, item.is_negative))


def _term(item: _Item) -> Term | None:
    where = _FIELDS.get(item.key, Field.ANYWHERE)
    words = asked_words(item.value)
    if not words:
        return None
    address = asked_address(item.value)
    is_single_character = len(words) == 1 and len(words[0]) == 1 and not words[0].isascii()
    may_go_on = item.is_last and not item.is_quoted and not item.is_negative
    is_beginning = is_single_character or (may_go_on and len(words[-1]) >= SHORTEST_BEGINNING)
    return Term(words, where, address, is_beginning)


STATES = ("unread", "read", "open", "pending", "closed", "snoozed", "spam", "assigned", "unassigned", "mine", "urgent")
_FIELDS = {"from": Field.SENDER, "to": Field.RECIPIENTS, "cc": Field.RECIPIENTS, "subject": Field.SUBJECT}
_DATES = frozenset({"before", "after", "since", "on"})
_ABOUT = {
    "in": About.MAILBOX,
    "mailbox": About.MAILBOX,
    "is": About.STATE,
    "tag": About.TAG,
    "topic": About.TOPIC,
    "assignee": About.ASSIGNEE,
    "assigned": About.ASSIGNEE,
}
_EXAMPLES = {
    "from": "from:anna",
    "to": "to:sales@example.com",
    "cc": "cc:sales@example.com",
    "subject": 'subject:"new offer"',
    "has": "has:attachment",
    "before": "before:2026-05-31",
    "after": "after:2026-05-31",
    "since": "since:7d",
    "on": "on:2026-05-31",
    "in": "in:Support",
    "mailbox": "mailbox:Support",
    "is": "is:unread",
    "tag": "tag:invoice",
    "topic": "topic:Returns",
    "assignee": "assignee:me",
    "assigned": "assigned:me",
}
_OPERATORS = frozenset(_EXAMPLES)
# A quote that is not closed goes on to the end.
_ITEM = re.compile(
    r"""(?P<minus>-(?=[\w"]))?(?:(?P<key>[A-Za-z]{1,12}):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+)|(?<=:))"""
)
