"""How an account stands that has unpaid invoices. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mailhub.tenancy.standing import Standing

REMINDER, SEQUENCES_STOP, READ_ONLY = "reminder", "sequences-stop", "read-only"


@dataclass(frozen=True)
class Terms:
    """After how many days behind the due date what happens."""

    reminder_days: tuple[int, ...]
    sequences_stop_days: int
    read_only_days: int


def standing_of(due_on: date, *, today: date, terms: Terms) -> Standing:
    """Return how an account stands with an open invoice that is due on a day."""
    late = (today - due_on).days
    if late <= 0:
        return Standing.GOOD
    if late >= terms.read_only_days:
        return Standing.READ_ONLY
    return Standing.SEQUENCES_STOPPED if late >= terms.sequences_stop_days else Standing.OVERDUE


def worst(standings: list[Standing]) -> Standing:
    """Return the standing of an account from those of its invoices."""
    order = list(Standing)
    return max(standings, key=order.index, default=Standing.GOOD)
