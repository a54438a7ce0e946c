"""Counts time in which people work: by hours of the week in a time zone, without days off (SPEC Q5). Pure.

The clock on the wall decides, also when it is changed: an hour that comes twice in autumn counts twice, one that is
left out in spring does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

# From and until as the clock shows them, such as ("09:00", "17:00"); a day may end at "24:00".
Interval = tuple[str, str]
# The intervals of each day, from Monday.
Week = Sequence[Sequence[Sequence[str]]]

# A week with an hour of work and a lot of days off still gets there; whoever never works is not waited for.
_LONGEST = timedelta(days=3 * 366)
_DAY = timedelta(days=1)


def due_at(start: datetime, minutes: int, week: Week, zone: ZoneInfo, holidays: Collection[date]) -> datetime | None:
    """Return when `minutes` of working time have passed since `start`, in UTC; None if nobody works for years.

    `holidays` are days of that time zone on which nobody works.
    """
    left = timedelta(minutes=minutes)
    for begins, ends in stretches(start.astimezone(UTC), week, zone, holidays):
        if left <= ends - begins:
            return begins + left
        left -= ends - begins
    return None


def minutes_of(clock: str) -> int:
    """Return the minute of the day that "09:30" means, up to 1440 for "24:00"; raise ValueError for anything else."""
    hours, separator, minutes = clock.partition(":")
    if not (separator and len(hours) == len(minutes) == 2 and (hours + minutes).isdecimal() and clock.isascii()):
        raise ValueError(f"no time of the day: {clock!r:.20}")
    found = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or found > 24 * 60:
        raise ValueError(f"no time of the day: {clock!r:.20}")
    return found


def stretches(
    start: datetime, week: Week, zone: ZoneInfo, holidays: Collection[date]
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the stretches of work from `start` on, both in UTC, in order; an end when three years are over.

    A stretch ends where the clock is changed or the day ends, also where the next one begins right there.
    """
    if not any(week):
        return
    for begins, ends, offset in _days(start, zone):
        shown = begins + offset
        if shown.date() in holidays:
            continue
        midnight = shown.replace(hour=0, minute=0, second=0, microsecond=0) - offset
        for opens, closes in week[shown.weekday()]:
            first = max(begins, midnight + timedelta(minutes=minutes_of(opens)))
            last = min(ends, midnight + timedelta(minutes=minutes_of(closes)))
            if first < last:
                yield first, last


def change_within(begins: datetime, ends: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second in which the clock goes otherwise than at `begins`, both in UTC; `ends` if none does."""
    offset, low, high = _offset(begins, zone), 0, int((ends - begins).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(begins + timedelta(seconds=middle), zone) == offset:
            low = middle
        else:
            high = middle
    # The clock is changed at a full second, whatever part of one `begins` has.
    return min(ends, (begins + timedelta(seconds=high)).replace(microsecond=0))


def _days(start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield, in UTC, the days of the zone from `start` on, each cut in two where the clock is changed in it."""
    begins = start
    while begins < start + _LONGEST:
        offset = _offset(begins, zone)
        shown = begins + offset
        ends = shown.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY - offset
        if _offset(ends, zone) != offset:
            ends = change_within(begins, ends, zone)
        yield begins, ends, offset
        begins = ends


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    found = at.astimezone(zone).utcoffset()
    assert found is not None  # A zone always knows.
    return found
