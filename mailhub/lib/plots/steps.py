"""Numbers that stay for a while as a line of steps, beside a level that they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from mailhub.lib.plots.bars import Tick
from mailhub.lib.plots.scales import height_of, nice_ticks


@dataclass(frozen=True)
class Step:
    """The room of one number; `y` is None where there is none."""

    left: float
    room: float
    y: float | None

    @property
    def middle(self) -> float:
        return self.left + self.room / 2


@dataclass(frozen=True)
class StepPlot:
    """All of a plot. The paths are for a drawing that is 100 units wide and `height` high, stretched to its place."""

    height: int
    ticks: tuple[Tick, ...]
    steps: tuple[Step, ...]
    # The line of the numbers, the area below it, and the line of the level.
    line: str
    area: str
    level: str
    # Where the level ends; None without one.
    level_y: float | None


def stepped(values: Sequence[int | None], levels: Sequence[int | None], *, height: int, margin: int = 8) -> StepPlot:
    """Return where everything stands in `height` pixels, of which `margin` stay free above; both are equally long."""
    ticks = nice_ticks(max((one for one in (*values, *levels) if one is not None), default=0))
    heights = [_y(one, ticks, height, margin) for one in values]
    level_heights = [_y(one, ticks, height, margin) for one in levels]
    room = 100 / max(1, len(values))
    runs = _runs(heights)
    return StepPlot(
        height=height,
        ticks=tuple(Tick(one, height - height_of(one, ticks, height - margin)) for one in ticks),
        steps=tuple(Step(round(number * room, 3), round(room, 3), y) for number, y in enumerate(heights)),
        line=" ".join(_path(first, run, room) for first, run in runs),
        area=" ".join(_area(first, run, room, height) for first, run in runs),
        level=" ".join(_path(first, run, room) for first, run in _runs(level_heights)),
        level_y=next((one for one in reversed(level_heights) if one is not None), None),
    )


def _y(value: int | None, ticks: Sequence[int], height: int, margin: int) -> float | None:
    return None if value is None else round(height - height_of(value, ticks, height - margin), 2)


def _runs(heights: Sequence[float | None]) -> list[tuple[int, list[float]]]:
    """Return the stretches without a gap: the place of the first number, and the numbers."""
    runs = []
    for is_there, places in groupby(range(len(heights)), key=lambda place: heights[place] is not None):
        found = list(places)
        if is_there:
            runs.append((found[0], [one for place in found if (one := heights[place]) is not None]))
    return runs


def _path(first: int, run: Sequence[float], room: float) -> str:
    moves = [f"M{first * room:.3f} {run[0]:g}"]
    moves += [f"V{y:g}H{(first + number + 1) * room:.3f}" for number, y in enumerate(run)]
    return "".join(moves)


def _area(first: int, run: Sequence[float], room: float, height: int) -> str:
    return f"{_path(first, run, room)}V{height}H{first * room:.3f}Z"
