"""How an account stands that has unpaid invoices, and which letters it gets about them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mailhub.tenancy.standing import Standing

REMINDER, SEQUENCES_STOP, READ_ONLY = "reminder", "sequences-stop", "read-only"
BEFORE_SEQUENCES_STOP, BEFORE_READ_ONLY = f"before-{SEQUENCES_STOP}", f"before-{READ_ONLY}"

# So many days before something stops, a letter says so.
WARNING_DAYS = 5
# For so many days behind its day a letter, or a step, is held back while money is under way.
HELD_DAYS = 3


@dataclass(frozen=True)
class Terms:
    """After how many days behind the due date what happens."""

    reminder_days: tuple[int, ...]
    sequences_stop_days: int
    read_only_days: int


@dataclass(frozen=True)
class Letter:
    """A letter about one invoice: its kind, and so many days behind the due date it is written.

    A warning has nothing to say any more from the day on that it warns of: `until`.
    """

    kind: str
    day: int
    until: int | None = None

    @property
    def weight(self) -> int:
        """How much it means: of several letters of a day the weightiest speaks for all."""
        return _WEIGHTS.get(self.kind, 0)


def standing_of(due_on: date, *, today: date, terms: Terms) -> Standing:
    """Return how an account stands with an open invoice that is due on a day."""
    late = (today - due_on).days
    if late <= 0:
        return Standing.GOOD
    if late >= terms.read_only_days:
        return Standing.READ_ONLY
    return Standing.SEQUENCES_STOPPED if late >= terms.sequences_stop_days else Standing.OVERDUE


def standing_while_paying(due_on: date, *, today: date, terms: Terms, current: Standing) -> Standing:
    """Return the same while a payment of the invoice is under way: nothing more is taken away, for HELD_DAYS."""
    lenient = standing_of(due_on, today=today - timedelta(days=HELD_DAYS), terms=terms)
    return _mildest([standing_of(due_on, today=today, terms=terms), worst([current, lenient])])


def letters_of(terms: Terms) -> list[Letter]:
    """Return all letters about an invoice in the order in which they are written.

    What nobody would need is left out: a warning of a step that is there already, a step that another one covers.
    """
    reminders = [Letter(f"{REMINDER}-{n}", day) for n, day in enumerate(sorted(terms.reminder_days), 1) if day > 0]
    steps = [*_step(READ_ONLY, BEFORE_READ_ONLY, terms.read_only_days)]
    if terms.sequences_stop_days < terms.read_only_days:
        steps += _step(SEQUENCES_STOP, BEFORE_SEQUENCES_STOP, terms.sequences_stop_days)
    return sorted([*reminders, *steps], key=lambda one: (one.day, one.weight))


def letter_due(
    due_on: date, *, today: date, terms: Terms, written: Collection[str], is_paying: bool = False
) -> Letter | None:
    """Return the letter that is to be written about an open invoice; None if none is.

    After days on which nothing ran it is the newest one alone: those before it have nothing to say any more.
    `is_paying`: money is under way, so each letter may wait for HELD_DAYS.
    """
    late = (today - due_on).days
    held = HELD_DAYS if is_paying else 0
    letters = letters_of(terms)
    begun = [n for n, one in enumerate(letters) if one.day <= late - held and (one.until is None or late < one.until)]
    # The terms may have changed since: what was written later says more than what would be due now.
    last_written = max((n for n, one in enumerate(letters) if one.kind in written), default=-1)
    return letters[begun[-1]] if begun and begun[-1] > last_written else None


def worst(standings: Iterable[Standing]) -> Standing:
    """Return the standing of an account from those of its invoices."""
    return max(standings, key=list(Standing).index, default=Standing.GOOD)


def _mildest(standings: Iterable[Standing]) -> Standing:
    return min(standings, key=list(Standing).index)


def _step(kind: str, warning: str, day: int) -> list[Letter]:
    """Return the letter of a step and the warning before it. Nothing happens on the due date itself."""
    day = max(day, 1)
    warned = max(day - WARNING_DAYS, 1)
    return [Letter(warning, warned, until=day), Letter(kind, day)] if warned < day else [Letter(kind, day)]


_WEIGHTS = {BEFORE_SEQUENCES_STOP: 1, SEQUENCES_STOP: 2, BEFORE_READ_ONLY: 3, READ_ONLY: 4}
