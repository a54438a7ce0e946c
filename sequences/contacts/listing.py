"""The list of contacts: what a person asked for, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sequences.contacts.validity import Validity, Verdict, having, validity_of
from sequences.filtering import InAddress
from sequences.models import Contact, ContactList, ListEntry, OtherAddress

PAGE_SIZE = 50
LONGEST_SEARCH = 200
# More words than these narrow a search no further.
_MOST_WORDS = 6
# Beyond it "10,000+" says enough.
MOST_COUNTED = 10_000


class Order(StrEnum):
    """In which order contacts stand; each has an index."""

    NEWEST = "newest"
    NAME = "name"
    COMPANY = "company"
    ADDRESS = "address"


@dataclass(frozen=True)
class ContactFilters(InAddress):
    """Which contacts a person wants to see; all of it stands in the address. None and "" stand for any."""

    words: str = ""
    contact_list: ContactList | None = None
    verdict: Verdict | None = None
    company: str = ""
    order: Order = Order.NEWEST

    @property
    def is_narrowed(self) -> bool:
        return bool(self.words or self.contact_list or self.verdict or self.company)

    def narrowing(self) -> Iterable[tuple[str, str]]:
        if self.words:
            yield "q", self.words
        if self.contact_list is not None:
            yield "list", str(self.contact_list.pk)
        if self.verdict is not None:
            yield "validity", self.verdict.value
        if self.company:
            yield "company", self.company
        if self.order != Order.NEWEST:
            yield "order", self.order.value


@dataclass(frozen=True)
class Row:
    """A contact as the list shows it."""

    contact: Contact
    validity: Validity
    lists: Sequence[ContactList]


@dataclass(frozen=True)
class Page:
    """One page of the list, and the contact behind which the next one begins; None for the last page."""

    rows: Sequence[Row]
    next_after: uuid.UUID | None


def page_of(filters: ContactFilters) -> Page:
    """Return one page; five queries at most, whatever its length."""
    found = list(in_order(narrowed(filters), filters)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    validity = validity_of(one.address for one in shown)
    lists = _lists_of(shown)
    rows = tuple(Row(one, validity[one.address], lists.get(one.pk, ())) for one in shown)
    return Page(rows, shown[-1].pk if len(found) > PAGE_SIZE else None)


def narrowed(filters: ContactFilters) -> QuerySet[Contact]:
    """Return all contacts that fit, in no order."""
    rows: QuerySet[Contact] = Contact.objects.all()
    if filters.contact_list is not None:
        rows = rows.filter(list_entries__list=filters.contact_list)
    if filters.company:
        rows = rows.filter(company_folded=filters.company.lower())
    if filters.verdict is not None:
        rows = having(rows, filters.verdict)
    for word in filters.words.split()[:_MOST_WORDS]:
        rows = rows.filter(_mentions(word))
    return rows


def in_order(rows: QuerySet[Contact], filters: ContactFilters) -> QuerySet[Contact]:
    """Return the contacts as they stand in the list, from the place where the page begins."""
    names = _KEYS[filters.order]
    if filters.after is not None:
        # Who was deleted meanwhile has no place any more: then the list begins anew.
        place = Contact.objects.filter(pk=filters.after).values(*names).first()
        rows = rows.filter(_behind(names, place, is_rising=filters.order != Order.NEWEST)) if place else rows
    if filters.order == Order.NEWEST:
        return rows.order_by(*(F(name).desc() for name in names))
    return rows.order_by(*names)


def count_of(rows: QuerySet[Contact]) -> int:
    """Return how many there are, MOST_COUNTED + 1 for more than that."""
    return rows.order_by().values("pk")[: MOST_COUNTED + 1].count()


def _mentions(word: str) -> Q:
    found = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(company__icontains=word)
    found |= Q(address__icontains=word)
    if "@" in word:
        others = OtherAddress.objects.filter(contact=OuterRef("pk"), address__startswith=word.lower())
        found |= Q(Exists(others))
    return found


def _behind(names: Sequence[str], place: Mapping[str, Any], *, is_rising: bool) -> Q:
    """Return what stands behind a place: `a > x`, or `a = x` and `b > y`, and so on."""
    test = "gt" if is_rising else "lt"
    behind = Q()
    for depth, name in enumerate(names):
        same = Q(**{one: place[one] for one in names[:depth]})
        behind |= same & Q(**{f"{name}__{test}": place[name]})
    # The index is entered at the first key; without it the database would read from the beginning.
    return Q(**{f"{names[0]}__{test}e": place[names[0]]}) & behind


def _lists_of(contacts: Sequence[Contact]) -> dict[uuid.UUID, list[ContactList]]:
    entries = ListEntry.objects.filter(contact__in=[one.pk for one in contacts]).select_related("list")
    found: dict[uuid.UUID, list[ContactList]] = {}
    for entry in entries.order_by("list__name", "list_id"):
        found.setdefault(entry.contact_id, []).append(entry.list)
    return found


_KEYS: dict[Order, Sequence[str]] = {
    Order.NEWEST: ("created_at", "id"),
    Order.NAME: ("last_folded", "first_folded", "id"),
    Order.COMPANY: ("company_folded", "id"),
    Order.ADDRESS: ("address", "id"),
}
