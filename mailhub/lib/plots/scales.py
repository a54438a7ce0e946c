"""Round numbers beside a plot."""

from collections.abc import Sequence


def nice_ticks(top: int, count: int = 4) -> list[int]:
    """Return about `count` round steps from 0 up to the first that is not below `top`: 1, 2 or 5 times a power of ten.

    Without anything to show, that is from 0 to 1.
    """
    step = _round_up(max(1, -(-top // max(1, count))))
    last = max(1, -(-max(0, top) // step))
    return [step * number for number in range(last + 1)]


def height_of(value: int, ticks: Sequence[int], pixels: float) -> float:
    """Return how high a value stands on a scale that ends with the last of `ticks`; what is above it ends there too."""
    return min(max(0, value), ticks[-1]) / ticks[-1] * pixels


def _round_up(least: int) -> int:
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10
