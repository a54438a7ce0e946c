"""Hours of a day as pieces of a strip that is the whole day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailboxes.queue.working_hours import minutes_of

_DAY = 24 * 60


@dataclass(frozen=True)
class Piece:
    """From where to where the hours go, in shares of the day from 0 to 100."""

    x: float
    width: float


def pieces_of(day: Sequence[Sequence[str]]) -> list[Piece]:
    """Return a piece for each interval, such as ("09:00", "17:00")."""
    found = []
    for opens, closes in day:
        begins, ends = minutes_of(opens), minutes_of(closes)
        found.append(Piece(begins / _DAY * 100, (ends - begins) / _DAY * 100))
    return found
