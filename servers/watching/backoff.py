"""How long a server is left alone after it ended, or refused, a watch (SECURITY TC6)."""

from datetime import timedelta
from random import SystemRandom

_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(minutes=10)
# Whoever held a connection this long is tried anew as if nothing had been: many servers end IDLE after minutes.
STEADY_SECONDS = 120.0
# When a server that had no IDLE is asked again.
WITHOUT_IDLE = timedelta(days=1)

_random = SystemRandom()


def pause_after(failure_count: int) -> timedelta:
    """Return 2, 4, 8 … seconds, at most ten minutes, each a little less at random, so that not all come at once."""
    longest = min(_FIRST * 2 ** min(max(failure_count - 1, 0), 16), _LONGEST)
    return longest * _random.uniform(0.7, 1.0)


def failures_after(failure_count: int, *, lived_seconds: float) -> int:
    """Return the failures in a row once a connection has ended that lived so long."""
    return 1 if lived_seconds >= STEADY_SECONDS else failure_count + 1
