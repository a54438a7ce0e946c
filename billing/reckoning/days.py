"""How many mailboxes were active on each day of a month, on the account's clock. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from billing.reckoning.months import Month
from billing.reckoning.usage import Interval, Tariff


@dataclass(frozen=True)
class DayUse:
    """The greatest number of mailboxes that were active at once on a day, and how many were included at its end.

    Both are None for a day that is not counted: before the subscription began, or still to come.
    """

    day: date
    most: int | None
    included: int | None

    @property
    def excess(self) -> int:
        return max((self.most or 0) - (self.included or 0), 0)


def use_by_day(
    intervals: Iterable[Interval], tariffs: Sequence[Tariff], month: Month, *, begins: datetime, until: datetime
) -> list[DayUse]:
    """Return every day of the month, counted from `begins` until `until`, which is no part of it.

    What happens at one moment happens at once, as for the peak of the month. `tariffs` are ordered by time.
    """
    count = _Count(intervals)
    days = []
    for number, (first, last) in enumerate(_stretches(month, begins)):
        day = month.first_day + timedelta(days=number)
        first, last = max(first, begins), min(last, until)
        if first >= last:
            days.append(DayUse(day, None, None))
        else:
            days.append(DayUse(day, count.most(first, last), _included(tariffs, last)))
    return days


def _stretches(month: Month, begins: datetime) -> list[tuple[datetime, datetime]]:
    """Return the days; hours before the first one, left by a change of the zone, join it."""
    starts = month.days()
    starts[0] = min(starts[0], begins)
    return list(zip(starts, [*starts[1:], month.ends], strict=True))


def _included(tariffs: Sequence[Tariff], until: datetime) -> int | None:
    return next((one.included for one in reversed(tariffs) if one.at < until), None)


class _Count:
    """Walks along the time once, day by day."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        steps: dict[datetime, int] = defaultdict(int)
        for one in intervals:
            steps[one.begins] += 1
            if one.ends is not None:
                steps[one.ends] -= 1
        self._steps = sorted(steps.items(), reverse=True)
        self._active = 0

    def most(self, first: datetime, last: datetime) -> int:
        """Return the greatest number from `first` on and before `last`; called for one day after the other."""
        while self._steps and self._steps[-1][0] <= first:
            self._active += self._steps.pop()[1]
        most = self._active
        while self._steps and self._steps[-1][0] < last:
            self._active += self._steps.pop()[1]
            most = max(most, self._active)
        return most
