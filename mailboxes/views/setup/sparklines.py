"""Draws counts by day as a row of bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailboxes.activity import DayCount

HEIGHT = 32
BAR_WIDTH = 4
GAP = 2


@dataclass(frozen=True)
class Bar:
    """One day, in the units of the picture; `y` grows downwards."""

    x: int
    y: int
    height: int
    words: str


@dataclass(frozen=True)
class Sparkline:
    """The picture of one row of counts, and its sum."""

    bars: tuple[Bar, ...]
    total: int
    width: int
    height: int = HEIGHT


def sparkline(days: Sequence[DayCount]) -> Sparkline:
    """Scale the bars to the highest; a day with anything at all is seen."""
    highest = max((day.count for day in days), default=0) or 1
    bars = []
    for position, day in enumerate(days):
        height = max(round(day.count / highest * HEIGHT), 2 if day.count else 1)
        words = f"{day.on.day} {day.on:%b}: {day.count}"
        bars.append(Bar(x=position * (BAR_WIDTH + GAP), y=HEIGHT - height, height=height, words=words))
    return Sparkline(tuple(bars), total=sum(day.count for day in days), width=len(days) * (BAR_WIDTH + GAP) - GAP)
