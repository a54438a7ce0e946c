"""Days as lines, in numbers that a template draws as SVG. Pure.

Across, everything is a share of the width from 0 to 100; down, pixels from the top (mailhub.lib.plots).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailhub.lib.plots.scales import height_of, nice_ticks
from sequences.reporting.periods import Period, written_day

# Up to so many days each has a point of its own, then each week, then each month.
_MOST_DAYS = 100
_MOST_WEEKS = 730
_LABELS = 6


@dataclass(frozen=True)
class Bucket:
    """One or several days that share a point of a line."""

    first: date
    last: date

    @property
    def words(self) -> str:
        if self.first == self.last:
            return f"{self.first:%a} {written_day(self.first)}"
        return f"{written_day(self.first)} to {written_day(self.last)}"


@dataclass(frozen=True)
class Series:
    """What one line says, a number for each bucket. `style` is the class that gives it its colour."""

    label: str
    style: str
    values: Sequence[int]


@dataclass(frozen=True)
class Line:
    """A series as points "x,y x,y", and its last point."""

    label: str
    style: str
    points: str
    x: float
    y: float
    total: int


@dataclass(frozen=True)
class Column:
    """The room of one bucket, which tells all of its numbers. `label` stands below it, "" for most."""

    x: float
    width: float
    middle: float
    words: str
    label: str
    anchor: str
    # Left out where there is little room: every other label.
    is_second: bool


@dataclass(frozen=True)
class Tick:
    value: int
    y: float


@dataclass(frozen=True)
class LinePlot:
    """All of a plot of some pixels in height."""

    name: str
    title: str
    words: str
    height: int
    lines: tuple[Line, ...]
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]

    @property
    def is_single(self) -> bool:
        """One point makes no line."""
        return len(self.columns) == 1

    @property
    def is_empty(self) -> bool:
        return not any(line.total for line in self.lines)


def buckets_of(period: Period) -> list[Bucket]:
    """Return the days of a period; its weeks or months where there are too many days to tell them apart."""
    if period.day_count <= _MOST_DAYS:
        return [Bucket(day, day) for day in period.days]
    begins_new = _is_monday if period.day_count <= _MOST_WEEKS else _is_first
    starts = [day for day in period.days if day == period.first or begins_new(day)]
    ends = [*(start - timedelta(days=1) for start in starts[1:]), period.last]
    return [Bucket(first, last) for first, last in zip(starts, ends, strict=True)]


def summed(buckets: Sequence[Bucket], counts: Mapping[date, int]) -> list[int]:
    """Return the number of each bucket from those of days; a day that is not there has none."""
    places = [bucket.first for bucket in buckets]
    numbers = [0] * len(buckets)
    for day, count in counts.items():
        place = bisect_right(places, day) - 1
        if place >= 0 and day <= buckets[place].last:
            numbers[place] += count
    return numbers


def plot(name: str, title: str, buckets: Sequence[Bucket], series: Sequence[Series], *, height: int = 200) -> LinePlot:
    """Return where everything stands. `name` tells several plots of a page apart."""
    margin = 14
    ticks = nice_ticks(max((value for one in series for value in one.values), default=0))

    def y(value: int) -> float:
        return round(height - height_of(value, ticks, height - margin), 2)

    room = 100 / max(1, len(buckets))
    middles = [round((number + 0.5) * room, 3) for number in range(len(buckets))]
    return LinePlot(
        name=name,
        title=title,
        words=_words(title, buckets, series),
        height=height,
        lines=tuple(_line(one, middles, y) for one in series),
        columns=tuple(_columns(buckets, series, room)),
        ticks=tuple(Tick(value, y(value)) for value in ticks),
    )


def _line(series: Series, middles: Sequence[float], y: Callable[[int], float]) -> Line:
    heights = [y(value) for value in series.values]
    return Line(
        label=series.label,
        style=series.style,
        points=" ".join(f"{x:g},{height:g}" for x, height in zip(middles, heights, strict=True)),
        x=middles[-1] if middles else 0,
        y=heights[-1] if heights else 0,
        total=sum(series.values),
    )


def _columns(buckets: Sequence[Bucket], series: Sequence[Series], room: float) -> list[Column]:
    every = max(1, -(-len(buckets) // _LABELS))
    columns = []
    for number, bucket in enumerate(buckets):
        told = ", ".join(f"{one.values[number]} {one.label.lower()}" for one in series)
        columns.append(
            Column(
                x=round(number * room, 3),
                width=round(room, 3),
                middle=round((number + 0.5) * room, 3),
                words=f"{bucket.words}: {told}",
                label=f"{bucket.first.day} {bucket.first:%b}" if number % every == 0 else "",
                is_second=number // every % 2 == 1,
                anchor="start" if number == 0 and len(buckets) > 1 else "middle",
            )
        )
    return columns


def _words(title: str, buckets: Sequence[Bucket], series: Sequence[Series]) -> str:
    if not buckets:
        return title
    told = ", ".join(f"{sum(one.values)} {one.label.lower()}" for one in series)
    return f"{title}, {written_day(buckets[0].first)} to {written_day(buckets[-1].last)}: {told}"


def _is_monday(day: date) -> bool:
    return day.weekday() == 0


def _is_first(day: date) -> bool:
    return day.day == 1
