"""The forecast of a sequence as a picture of bars, with the table that says the same."""

from __future__ import annotations

import uuid
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import date

from mailhub.lib.plots.bars import Bar, BarPlot, Column, stacked
from sequences.schedule.forecasting import DayForecast
from servers.models import OutgoingServer

# Pixels.
_HEIGHT = 200
# As many colours as there are; what more servers send is counted together.
_MOST_SERIES = 8
_OTHERS = "other servers"


@dataclass(frozen=True)
class Series:
    """What leaves through one server in all days together; `hue` is its colour."""

    name: str
    hue: int
    total: int


@dataclass(frozen=True)
class Day:
    """One day: its bar, and what it says. `counts` are by series."""

    date: date
    bar: Bar
    expected: int
    limit: int | None
    counts: tuple[int, ...]

    @property
    def is_closed(self) -> bool:
        """Whether nothing may leave, as there are no hours or no room is left."""
        return self.limit == 0 and not self.expected

    @property
    def is_full(self) -> bool:
        """Whether as much leaves as may."""
        return self.limit is not None and 0 < self.limit <= self.expected


@dataclass(frozen=True)
class Picture:
    """All that a page shows of a forecast."""

    plot: BarPlot
    series: tuple[Series, ...]
    days: tuple[Day, ...]

    @property
    def total(self) -> int:
        return sum(one.expected for one in self.days)

    @property
    def full_days(self) -> int:
        return sum(one.is_full for one in self.days)


def picture_of(forecast: Listed[DayForecast], servers: Listed[OutgoingServer]) -> Picture:
    """Draw a forecast; `servers` are those that it is told of."""
    names = {one.pk: str(one) for one in servers}
    totals = {pk: sum(day.by_server.get(pk, 0) for day in forecast) for pk in names}
    shown = sorted((pk for pk, total in totals.items() if total), key=lambda pk: (-totals[pk], names[pk]))
    groups: list[tuple[str, list[uuid.UUID]]] = [(names[pk], [pk]) for pk in shown[:_MOST_SERIES]]
    if len(shown) > _MOST_SERIES:
        groups[-1] = (_OTHERS, shown[_MOST_SERIES - 1 :])
    counts = [tuple(sum(day.by_server.get(pk, 0) for pk in group) for _name, group in groups) for day in forecast]
    plot = stacked([Column(parts, day.limit) for parts, day in zip(counts, forecast, strict=True)], height=_HEIGHT)
    series = [Series(name, hue, sum(totals[pk] for pk in group)) for hue, (name, group) in enumerate(groups)]
    days = [
        Day(day.date, bar, day.expected, day.limit, parts)
        for day, bar, parts in zip(forecast, plot.bars, counts, strict=True)
    ]
    return Picture(plot, tuple(series), tuple(days))
