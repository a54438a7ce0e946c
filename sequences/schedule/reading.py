"""Times of the day and days of the calendar as people write them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

MOST_DAYS = 400
MIDNIGHT = "24:00"
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*(am|pm)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TO = frozenset({"to", "until", "bis", "-", "–", "—", ".."})
_LONGEST_SHOWN = 20


class NotReadable(ValueError):
    """What somebody wrote means no time or no day; the text says so in words."""


def clock_of(written: str) -> str:
    """Return for instance "09:30" for "9:30", "9.30", "930" and "9:30 am", and up to "24:00"; raise NotReadable."""
    found = _CLOCK.fullmatch(written.strip().lower())
    if found is None:
        raise NotReadable(f"“{_shown(written)}” is no time of the day: write it as 9:00 or 17:30.")
    hours, minutes, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hours <= 12:
        raise NotReadable(f"“{_shown(written)}” is no time of the day: write it as 9:00 or 17:30.")
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise NotReadable(f"“{_shown(written)}” is no time of the day: it ends at 24:00.")
    return f"{hours:02}:{minutes:02}"


def days_of(written: str) -> list[str]:
    """Return the days of a text in order, each in ISO form: single ones, and "2026-12-24 to 2026-12-31".

    Raises NotReadable for what is no day, and for more than MOST_DAYS of them.
    """
    words = [one for one in re.split(r"[\s,;]+", re.sub(r"\.\.|[–—]", " to ", written)) if one]
    found: set[date] = set()
    first: date | None = None
    is_range = False
    for word in words:
        if word.lower() in _TO and first is not None and not is_range:
            is_range = True
            continue
        day = _day_of(word)
        found.update(_through(first, day) if is_range and first is not None else [day])
        first, is_range = (None, False) if is_range else (day, False)
        if len(found) > MOST_DAYS:
            raise NotReadable(f"{MOST_DAYS} days are the most.")
    if is_range:
        raise NotReadable("Say until which day: 2026-12-24 to 2026-12-31.")
    return [one.isoformat() for one in sorted(found)]


def written_days(days: Iterable[str]) -> str:
    """Return days in ISO form as `days_of` reads them, a line each; those that follow one another as one."""
    lines = [f"{first} to {last}" if first != last else f"{first}" for first, last in ranges_of(days)]
    return "\n".join(lines)


def ranges_of(days: Iterable[str]) -> list[tuple[date, date]]:
    """Return the first and the last of days that follow one another, in order."""
    ranges: list[tuple[date, date]] = []
    for day in sorted({date.fromisoformat(one) for one in days}):
        if ranges and day - ranges[-1][1] == timedelta(days=1):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def _day_of(word: str) -> date:
    try:
        if not _DAY.fullmatch(word):
            raise ValueError(word)
        return date.fromisoformat(word)
    except ValueError as error:
        raise NotReadable(f"“{_shown(word)}” is no day: write it as 2026-12-25.") from error


def _through(first: date, last: date) -> list[date]:
    if last < first:
        raise NotReadable(f"{first} to {last} ends before it begins.")
    length = (last - first).days + 1
    if length > MOST_DAYS:
        raise NotReadable(f"{MOST_DAYS} days are the most.")
    return [first + timedelta(days=number) for number in range(length)]


def _shown(text: str) -> str:
    return text.strip()[:_LONGEST_SHOWN]
