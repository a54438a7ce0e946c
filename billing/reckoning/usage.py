"""What a subscription used in a month, counted from the ledger: the peak, its price, and the evidence (SPEC B3). Pure.

Whatever happens at one moment happens at once: who is replaced in the same moment does not count twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter


@dataclass(frozen=True)
class Change:
    """From this moment on a mailbox counts (`step` 1), or counts no more (-1)."""

    at: datetime
    mailbox_id: uuid.UUID
    mailbox_name: str
    step: int


@dataclass(frozen=True)
class Tariff:
    """From this moment on so many mailboxes are included, and each further one costs a fee a month, in minor units."""

    at: datetime
    included: int
    fee_minor: int


@dataclass(frozen=True)
class Interval:
    """A mailbox counted from one moment until another, which is no part of it; None for still."""

    mailbox_id: uuid.UUID
    mailbox_name: str
    begins: datetime
    ends: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.begins <= moment and (self.ends is None or moment < self.ends)

    @property
    def as_json(self) -> dict[str, str | None]:
        """What a line of an invoice keeps as its evidence; times in ISO form, UTC."""
        return {
            "mailbox_id": str(self.mailbox_id),
            "mailbox_name": self.mailbox_name,
            "begins": self.begins.isoformat(),
            "ends": self.ends.isoformat() if self.ends else None,
        }

    @classmethod
    def from_json(cls, written: dict[str, str | None]) -> Interval:
        ends = written["ends"]
        return cls(
            uuid.UUID(written["mailbox_id"]),
            written["mailbox_name"] or "",
            datetime.fromisoformat(written["begins"] or ""),
            datetime.fromisoformat(ends) if ends else None,
        )


@dataclass(frozen=True)
class Peak:
    """When most mailboxes were active beyond those that are included, how many, and what each of them costs."""

    at: datetime
    active: int
    included: int
    fee_minor: int

    @property
    def excess(self) -> int:
        return max(self.active - self.included, 0)

    @property
    def amount_minor(self) -> int:
        """The fee of the month: one for each mailbox beyond those that are included."""
        return self.excess * self.fee_minor


@dataclass(frozen=True)
class Usage:
    """A stretch of time of a subscription: who was active when, and the peak; None where no tariff was valid."""

    intervals: tuple[Interval, ...]
    peak: Peak | None

    @property
    def active_at_peak(self) -> tuple[Interval, ...]:
        """The evidence: the mailboxes that were active at the peak, with their intervals."""
        if self.peak is None:
            return ()
        return tuple(one for one in self.intervals if one.holds(self.peak.at))


def usage_of(changes: Iterable[Change], tariffs: Sequence[Tariff], *, begins: datetime, ends: datetime) -> Usage:
    """Count from `begins` until `ends`, which is no part of it.

    `changes` and `tariffs` are ordered by time and reach back to the beginning of the subscription. The peak is where
    the excess was greatest; of several such moments the one with the lowest fee, and the first of those.
    """
    every = _intervals(changes, ends=ends)
    inside = tuple(one for one in every if one.ends is None or one.ends > begins)
    return Usage(tuple(_clipped(one, begins, ends) for one in inside), _peak(inside, tariffs, begins, ends))


def _intervals(changes: Iterable[Change], *, ends: datetime) -> list[Interval]:
    """Return what the changes before `ends` make, by when it begins. What counts for no time at all is left out."""
    open_since: dict[uuid.UUID, Change] = {}
    found: list[Interval] = []
    for change in changes:
        if change.at >= ends:
            break
        if change.step > 0:
            # A second row for one that counts already changes nothing.
            open_since.setdefault(change.mailbox_id, change)
        elif (first := open_since.pop(change.mailbox_id, None)) is not None and first.at < change.at:
            found.append(Interval(change.mailbox_id, first.mailbox_name, first.at, change.at))
    found += [Interval(one.mailbox_id, one.mailbox_name, one.at, None) for one in open_since.values()]
    return sorted(found, key=attrgetter("begins", "mailbox_name", "mailbox_id"))


def _clipped(one: Interval, begins: datetime, ends: datetime) -> Interval:
    """Return the part of an interval that lies inside; its end stays open if it was when the stretch ended."""
    until = None if one.ends is None or one.ends >= ends else one.ends
    return Interval(one.mailbox_id, one.mailbox_name, max(one.begins, begins), until)


@dataclass
class _Count:
    """How many are active, moment by moment."""

    active: int = 0
    included: int | None = None
    fee_minor: int = 0
    peak: Peak | None = field(default=None)

    def look(self, at: datetime) -> None:
        if self.included is None:
            return
        here = Peak(at, self.active, self.included, self.fee_minor)
        if self.peak is None or _weight(here) > _weight(self.peak):
            self.peak = here


def _weight(peak: Peak) -> tuple[int, int, int]:
    """Order peaks; without any excess the most active mailboxes are the peak, whatever a fee would be."""
    return peak.excess, -peak.fee_minor if peak.excess else 0, peak.active


def _peak(intervals: Iterable[Interval], tariffs: Iterable[Tariff], begins: datetime, ends: datetime) -> Peak | None:
    steps: list[tuple[datetime, int | Tariff]] = [(tariff.at, tariff) for tariff in tariffs if tariff.at < ends]
    for one in intervals:
        steps.append((one.begins, 1))
        if one.ends is not None and one.ends < ends:
            steps.append((one.ends, -1))
    count = _Count()
    # What was before it counts from its first moment on.
    moved = sorted(((max(at, begins), what) for at, what in steps), key=lambda step: step[0])
    for at, together in groupby(moved, key=lambda step: step[0]):
        for _at, what in together:
            if isinstance(what, Tariff):
                count.included, count.fee_minor = what.included, what.fee_minor
            else:
                count.active += what
        count.look(at)
    return count.peak
