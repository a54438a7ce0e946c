"""The hours of a week as somebody typed them: checked, and put into order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from sequences.schedule.reading import MIDNIGHT, NotReadable, clock_of

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORKING_DAYS = range(5)
# As many times a day as anybody sends in.
MOST_INTERVALS = 4


def day_of(typed: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the intervals of one day in order, such as ["09:00", "17:00"]; those that are empty are left out.

    Midnight as an end is that of the next day, "24:00". Raises NotReadable, which says what is wrong.
    """
    found = [_interval_of(begins, ends) for begins, ends in typed if begins.strip() or ends.strip()]
    found.sort()
    for (first, closes), (opens, last) in pairwise(found):
        if opens < closes:
            raise NotReadable(f"{_hours(first, closes)} and {_hours(opens, last)} overlap.")
    return [list(one) for one in found]


def _interval_of(begins: str, ends: str) -> tuple[str, str]:
    if not begins.strip() or not ends.strip():
        raise NotReadable("Say from when and until when.")
    opens, closes = clock_of(begins), clock_of(ends)
    if closes == "00:00":
        closes = MIDNIGHT
    if opens == closes:
        raise NotReadable(f"{_hours(opens, closes)} is no time at all.")
    if opens > closes:
        raise NotReadable(f"{_hours(opens, closes)} ends before it begins.")
    return opens, closes


def _hours(opens: str, closes: str) -> str:
    return f"{opens} to {closes}"
