"""Invoices and credit notes of an account as a list, newest first, page by page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, TextChoices

from billing.models import Invoice

PAGE_SIZE = 30


class Show(TextChoices):
    """Which documents a list has."""

    ALL = "", "All"
    OPEN = "open", "Open"
    OVERDUE = "overdue", "Overdue"
    PAID = "paid", "Paid"

    def condition(self, *, today: date) -> Q:
        """Return what the documents have in common; `today` is the day of the account."""
        is_open = Q(kind=Invoice.Kind.INVOICE, state=Invoice.State.OPEN)
        if self is Show.OPEN:
            return is_open
        if self is Show.OVERDUE:
            return is_open & Q(due_on__lt=today)
        return Q(kind=Invoice.Kind.INVOICE, state=Invoice.State.PAID) if self is Show.PAID else Q()


@dataclass(frozen=True)
class Page:
    """Some documents, and behind which one the next page begins (None on the last)."""

    rows: tuple[Invoice, ...]
    next_before: uuid.UUID | None


class PageUnknown(LookupError):
    """The place where the page would begin is none."""


def page_of(*, show: Show, before: uuid.UUID | None, today: date) -> Page:
    """Return one page of the documents of the tenant in scope, in two queries. Raises PageUnknown."""
    wanted = Invoice.objects.filter(show.condition(today=today)).select_related("period", "corrects", "subscription")
    if before is not None:
        place = Invoice.objects.filter(pk=before).values_list("issued_at", "number").first()
        if place is None:
            raise PageUnknown(f"No document {before} is there to go on from.")
        issued_at, number = place
        wanted = wanted.filter(Q(issued_at__lt=issued_at) | Q(issued_at=issued_at, number__lt=number))
    found = list(wanted.newest_first()[: PAGE_SIZE + 1])
    rows = tuple(found[:PAGE_SIZE])
    return Page(rows, rows[-1].pk if len(found) > PAGE_SIZE else None)
