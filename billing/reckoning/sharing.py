"""Which plan each day of a month belongs to, and what share of the monthly price that is. Pure.

A day belongs to the dearest plan that was held in it. A month that is held from its first day to its last by one plan
costs exactly the price of that plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from billing.reckoning.months import Month


@dataclass(frozen=True)
class Holding:
    """From this moment on a subscription has a plan, on these terms; amounts in minor units a month."""

    at: datetime
    plan_name: str
    price_minor: int
    included: int
    fee_minor: int


@dataclass(frozen=True)
class Share:
    """Some days in a row of a month that belong to one plan."""

    holding: Holding
    begins: datetime
    ends: datetime
    day_count: int
    of_days: int

    @property
    def is_whole(self) -> bool:
        return self.day_count == self.of_days

    @property
    def amount_minor(self) -> int:
        """The share of the monthly price, rounded to the nearest minor unit, halves up."""
        return (2 * self.holding.price_minor * self.day_count + self.of_days) // (2 * self.of_days)


@dataclass(frozen=True)
class _Day:
    begins: datetime
    ends: datetime
    holding: Holding


def shares_of(holdings: Sequence[Holding], month: Month, *, begins: datetime, ends: datetime) -> list[Share]:
    """Divide what lies between `begins` and `ends`, the part of the month that is billed, among the plans held.

    `holdings` are ordered by time; before the first one nothing is held.
    """
    days = [
        day
        for first, last in _days(month, begins=begins, ends=ends)
        if (day := _day(holdings, first, last)) is not None
    ]
    shares = []
    for holding, run in groupby(days, key=lambda day: day.holding):
        held = list(run)
        shares.append(Share(holding, held[0].begins, held[-1].ends, len(held), month.day_count))
    return shares


def _days(month: Month, *, begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    """Return the days, cut to what is billed. Hours before the first day, left by a change of the zone, join it."""
    starts = month.days()
    starts[0] = min(starts[0], begins)
    stretches = zip(starts, [*starts[1:], month.ends], strict=True)
    cut = [(max(first, begins), min(last, ends)) for first, last in stretches]
    return [(first, last) for first, last in cut if first < last]


def _day(holdings: Sequence[Holding], first: datetime, last: datetime) -> _Day | None:
    """Return whose day it is: of the plans that were held in it, the dearest, and the newest of those."""
    following = [one.at for one in holdings[1:]]
    held = [
        one
        for one, until in zip(holdings, [*following, None], strict=True)
        if one.at < last and (until is None or until > max(first, one.at))
    ]
    if not held:
        return None
    dearest = max(reversed(held), key=lambda one: one.price_minor)
    return _Day(max(first, holdings[0].at), last, dearest)
