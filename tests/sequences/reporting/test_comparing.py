"""Whether a difference between texts means something."""

import pytest

from sequences.reporting.comparing import Interval, Judgement, Outcome, Share, differ, judge, wilson


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        # Newcombe 1998, table I: the score method without correction of continuity.
        (Share(81, 263), 0.2553, 0.3662),
        (Share(15, 148), 0.0624, 0.1605),
        (Share(0, 20), 0.0, 0.1611),
        (Share(1, 29), 0.0061, 0.1718),
    ],
)
def test_the_interval_of_a_rate_is_that_of_the_literature(share: Share, low: float, high: float) -> None:
    interval = wilson(share)

    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(Share(0, 0)) == Interval(0.0, 1.0)


def test_a_large_difference_of_many_is_one() -> None:
    # Newcombe 1998, table II, contrast (a): 56/70 against 48/80, from 0.0524 to 0.3339.
    assert differ(Share(56, 70), Share(48, 80))
    assert differ(Share(48, 80), Share(56, 70))


def test_the_same_rates_of_few_are_none() -> None:
    # Contrast (b): 9/10 against 3/10 is one, 5/10 against 3/10 is not.
    assert differ(Share(9, 10), Share(3, 10))
    assert not differ(Share(5, 10), Share(3, 10))


@pytest.mark.parametrize(
    ("shares", "judgement"),
    [
        ([], Judgement(Outcome.TOO_FEW)),
        ([Share(5, 100)], Judgement(Outcome.TOO_FEW)),
        ([Share(29, 29), Share(0, 300)], Judgement(Outcome.TOO_FEW)),
        ([Share(0, 0), Share(0, 0)], Judgement(Outcome.TOO_FEW)),
        ([Share(10, 200), Share(12, 200)], Judgement(Outcome.NO_DIFFERENCE)),
        ([Share(0, 200), Share(0, 200)], Judgement(Outcome.NO_DIFFERENCE)),
        ([Share(10, 200), Share(40, 200)], Judgement(Outcome.BEST, 1)),
        ([Share(40, 200), Share(10, 200), Share(39, 200)], Judgement(Outcome.NO_DIFFERENCE)),
        ([Share(10, 200), Share(12, 200), Share(50, 200)], Judgement(Outcome.BEST, 2)),
    ],
)
def test_a_text_is_better_only_if_it_is_better_than_all_others(shares: list[Share], judgement: Judgement) -> None:
    assert judge(shares) == judgement


def test_the_more_texts_the_surer_it_has_to_be() -> None:
    pair = [Share(20, 200), Share(34, 200)]
    same = Share(20, 200)

    assert judge(pair).outcome is Outcome.BEST
    assert judge([*pair, same, same, same, same]).outcome is Outcome.NO_DIFFERENCE
