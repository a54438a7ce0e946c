"""A ramp-up as a picture: how much may leave on each of its days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mailhub.lib.plots.bars import Bar, BarPlot, Column, stacked
from sequences.limits.ramps import full_on, ramp_days
from sequences.models import SendingLimit

# Pixels, and days: what takes longer is cut off, and said in words.
_HEIGHT = 72
_MOST_DAYS = 40


@dataclass(frozen=True)
class Ramp:
    """The days of a ramp-up with their bars, and the first day on which the whole limit may leave."""

    plot: BarPlot
    days: tuple[tuple[date, int, Bar], ...]
    full_on: date | None


def ramp_of(limit: SendingLimit) -> Ramp | None:
    """Draw the ramp-up of a limit; None where it has none."""
    days = ramp_days(limit, most=_MOST_DAYS)
    if not days:
        return None
    plot = stacked([Column([count]) for _on, count in days], height=_HEIGHT, margin=4)
    bars = tuple((on, count, bar) for (on, count), bar in zip(days, plot.bars, strict=True))
    return Ramp(plot, bars, full_on(limit))
