"""How much sequences may send: the lowest limit wins, and what is above it waits (SPEC S3)."""

from sequences.limits.allowances import Intention
from sequences.limits.defaults import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE
from sequences.limits.reserving import Refusal, refusal_for, release, reserve
from sequences.limits.showing import Standing, Used, limits_of, standings_of, used_today

__all__ = [
    "DEFAULT_PER_DAY",
    "DEFAULT_PER_MINUTE",
    "Intention",
    "Refusal",
    "Standing",
    "Used",
    "limits_of",
    "refusal_for",
    "release",
    "reserve",
    "standings_of",
    "used_today",
]
