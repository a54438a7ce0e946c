"""Whether the texts of a step differ by more than chance (E. B. Wilson 1927; R. G. Newcombe 1998, method 10). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import sqrt
from statistics import NormalDist

# Below that, intervals are so wide that nobody should look at them.
FEWEST = 30
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def rate(self) -> float:
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True)
class Interval:
    """Where the true rate lies in 95 of 100 cases."""

    low: float
    high: float


class Outcome(Enum):
    """What can be said of several texts."""

    TOO_FEW = "too few"
    NO_DIFFERENCE = "no difference"
    BEST = "best"


@dataclass(frozen=True)
class Judgement:
    """`best` is the place of the text that does better than all others; None where none is known to."""

    outcome: Outcome
    best: int | None = None


def wilson(share: Share, *, confidence: float = _CONFIDENCE) -> Interval:
    """Return the score interval of a rate, which holds for small numbers and near 0 and 1 too."""
    if not share.of:
        return Interval(0.0, 1.0)
    z, n, p = _z(confidence), share.of, share.rate
    centre = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def differ(one: Share, other: Share, *, confidence: float = _CONFIDENCE) -> bool:
    """Whether the interval of the difference of two rates leaves out zero."""
    more, less = (one, other) if one.rate >= other.rate else (other, one)
    of_more, of_less = wilson(more, confidence=confidence), wilson(less, confidence=confidence)
    distance = more.rate - less.rate
    return distance > sqrt((more.rate - of_more.low) ** 2 + (of_less.high - less.rate) ** 2)


def judge(shares: Sequence[Share]) -> Judgement:
    """Say whether one of several rates is higher than all others, by more than chance.

    The best is compared with each other one, so each comparison has to be the surer the more there are (Bonferroni).
    """
    if len(shares) < 2 or min(share.of for share in shares) < FEWEST:
        return Judgement(Outcome.TOO_FEW)
    best = max(range(len(shares)), key=lambda place: shares[place].rate)
    confidence = 1 - (1 - _CONFIDENCE) / (len(shares) - 1)
    others = (share for place, share in enumerate(shares) if place != best)
    if all(differ(shares[best], other, confidence=confidence) for other in others):
        return Judgement(Outcome.BEST, best)
    return Judgement(Outcome.NO_DIFFERENCE)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(1 - (1 - confidence) / 2)
