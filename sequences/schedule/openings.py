"""The first moment at which the hours of a timetable are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from mailboxes.queue import working_hours
from sequences.schedule.timetables import Timetable

_DAY = timedelta(days=1)
# A moment before the hours end is still one of theirs.
_SECOND = timedelta(seconds=1)
# Longer than any mail waits in the outbox.
_FAR = 6 * _DAY


@dataclass(frozen=True)
class Due:
    """A moment in UTC, and why it is not an earlier one: part of a sentence for people, after "because"."""

    at: datetime
    because: str


def next_open(at: datetime, timetable: Timetable) -> Due | None:
    """Return the first moment from `at` on within the hours; None if there is none for three years.

    Within the hours that is `at` itself, and no reason is given.
    """
    opened = first_open(at, timetable)
    return None if opened is None else Due(opened, why_not_before(at, opened, timetable))


def first_open(at: datetime, timetable: Timetable, *, spread: int = 0) -> datetime | None:
    """Return the first moment from `at` on within the hours, and up to `spread` seconds later but still within them."""
    found = working_hours.stretches(at.astimezone(UTC), timetable.week, timetable.zone, timetable.skip_dates)
    begins, ends = next(found, (None, None))
    if begins is None or ends is None:
        return None
    wished = begins + timedelta(seconds=spread)
    # Hours go on past midnight and past a change of the clock where the next stretch begins right there.
    while ends <= wished:
        following, end = next(found, (None, None))
        if end is None or following != ends:
            return max(begins, ends - _SECOND)
        ends = end
    return wished


def closes_at(at: datetime, timetable: Timetable) -> datetime | None:
    """Return the first moment from `at` on outside the hours; None if they stay open for days."""
    found = working_hours.stretches(at.astimezone(UTC), timetable.week, timetable.zone, timetable.skip_dates)
    begins, ends = next(found, (None, None))
    if begins is None or ends is None or begins > at:
        return at
    for following, end in found:
        if following != ends or ends - at > _FAR:
            break
        ends = end
    return None if ends - at > _FAR else ends


def why_not_before(wished: datetime, opened: datetime, timetable: Timetable) -> str:
    """Return why mail that was wished for one moment leaves at another, when the hours open; "" where they are one."""
    if opened <= wished:
        return ""
    local = opened.astimezone(timetable.zone)
    moment = f"{local:%A} {local.hour}:{local:%M}"
    if opened - wished > 6 * _DAY:
        moment = f"{local:%A}, {_spoken(local.date())}, {local.hour}:{local:%M}"
    begins = f"{moment} in {timetable.zone}, when the hours begin"
    skipped = _skipped(wished.astimezone(timetable.zone).date(), local.date(), timetable)
    if not skipped:
        return begins
    if len(skipped) == 1:
        return f"{_spoken(skipped[0])} is a skipped day; {begins}"
    return f"{len(skipped)} days from {_spoken(skipped[0])} are skipped; {begins}"


def _skipped(first: date, end: date, timetable: Timetable) -> list[date]:
    """Return the days that would have had hours, had nobody skipped them."""
    return sorted(one for one in timetable.skip_dates if first <= one < end and timetable.week[one.weekday()])


def _spoken(day: date) -> str:
    return f"{day.day} {day:%b}"
