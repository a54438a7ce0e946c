"""Bars of parts that stand on one another, against a limit of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailhub.lib.plots.scales import height_of, nice_ticks

# Of the room that a bar has, what stays free at both of its sides together.
_GAP = 0.3
# A limit so many times as high as the highest bar is not drawn: beside it nobody would see the bars.
_HIGHEST_LIMIT = 3


@dataclass(frozen=True)
class Column:
    """What one bar is made of, from below; `limit` is None for no limit."""

    parts: Sequence[int]
    limit: int | None = None


@dataclass(frozen=True)
class Part:
    """A piece of a bar; `number` is its place in `Column.parts`."""

    number: int
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    """One bar. From `left` on `room` across are its own, with what is free beside it."""

    left: float
    room: float
    x: float
    width: float
    parts: tuple[Part, ...]
    # Where the line of the limit lies; None where it lies above the plot, or there is none.
    limit_y: float | None

    @property
    def middle(self) -> float:
        return self.left + self.room / 2

    @property
    def right(self) -> float:
        return self.left + self.room


@dataclass(frozen=True)
class Tick:
    """A round number beside the plot, and how far down it stands."""

    value: int
    y: float


@dataclass(frozen=True)
class BarPlot:
    """All of a plot. `hides_limits` says that a limit is so high that it is not drawn."""

    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    hides_limits: bool


def stacked(columns: Sequence[Column], *, height: int, margin: int = 8) -> BarPlot:
    """Return where everything stands in `height` pixels, of which `margin` stay free above."""
    highest = max((sum(one.parts) for one in columns), default=0)
    most = highest * _HIGHEST_LIMIT
    limits = [one.limit for one in columns if one.limit]
    shown = [one for one in limits if one <= most or not highest]
    ticks = nice_ticks(max([highest, *shown]))
    room = 100 / max(1, len(columns))
    scale = _Scale(ticks, height, height - margin)
    return BarPlot(
        height=height,
        bars=tuple(_bar(one, number * room, room, scale) for number, one in enumerate(columns)),
        ticks=tuple(Tick(one, scale.y(one)) for one in ticks),
        hides_limits=len(shown) < len(limits),
    )


@dataclass(frozen=True)
class _Scale:
    ticks: Sequence[int]
    bottom: int
    pixels: int

    def y(self, value: int) -> float:
        return self.bottom - height_of(value, self.ticks, self.pixels)


def _bar(column: Column, left: float, room: float, scale: _Scale) -> Bar:
    parts, below = [], 0
    for number, value in enumerate(column.parts):
        if value:
            top = scale.y(below + value)
            parts.append(Part(number, top, scale.y(below) - top))
        below += value
    is_drawn = column.limit is not None and 0 < column.limit <= scale.ticks[-1]
    return Bar(
        left=left,
        room=room,
        x=left + room * _GAP / 2,
        width=room * (1 - _GAP),
        parts=tuple(parts),
        limit_y=scale.y(column.limit) if is_drawn and column.limit is not None else None,
    )
