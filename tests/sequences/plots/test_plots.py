"""Numbers become shapes: scales, bars and hours."""

import pytest

from mailhub.lib.plots.bars import Column, stacked
from mailhub.lib.plots.scales import height_of, nice_ticks
from sequences.plots.hours import Piece, pieces_of


@pytest.mark.parametrize(
    ("top", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (10, [0, 5, 10]),
        (200, [0, 50, 100, 150, 200]),
        (201, [0, 100, 200, 300]),
        (1234, [0, 500, 1000, 1500]),
        (-5, [0, 1]),
    ],
)
def test_ticks_are_round_and_reach_the_top(top: int, ticks: list[int]) -> None:
    assert nice_ticks(top) == ticks


@pytest.mark.parametrize("top", [1, 7, 99, 1_000_000, 123_456_789])
def test_ticks_are_few_whatever_the_top(top: int) -> None:
    ticks = nice_ticks(top)

    assert 2 <= len(ticks) <= 6
    assert ticks[-1] >= top > ticks[-2]


def test_value_above_the_scale_ends_with_it() -> None:
    assert height_of(500, [0, 50, 100], 80) == 80
    assert height_of(50, [0, 50, 100], 80) == 40
    assert height_of(-1, [0, 50, 100], 80) == 0


def test_parts_stand_on_one_another() -> None:
    (bar,) = stacked([Column([30, 0, 20], limit=100)], height=108).bars

    assert [(one.number, one.y, one.height) for one in bar.parts] == [(0, 78, 30), (2, 58, 20)]
    assert bar.limit_y == 8


def test_bars_share_the_width() -> None:
    first, second = stacked([Column([1]), Column([2])], height=100).bars

    assert (first.left, first.right, second.left, second.right) == (0, 50, 50, 100)
    assert first.x > 0
    assert first.x + first.width < 50


def test_limit_far_above_the_bars_is_not_drawn() -> None:
    plot = stacked([Column([5], limit=2000), Column([4], limit=10)], height=100)

    assert [one.limit_y is None for one in plot.bars] == [True, False]
    assert plot.hides_limits
    assert plot.ticks[-1].value == 10


def test_days_without_hours_have_no_line() -> None:
    plot = stacked([Column([5], limit=0), Column([5], limit=None)], height=100)

    assert [one.limit_y for one in plot.bars] == [None, None]
    assert not plot.hides_limits


def test_plot_of_nothing_shows_the_limits() -> None:
    plot = stacked([Column([0], limit=200)], height=100)

    assert plot.ticks[-1].value == 200
    assert stacked([], height=100).bars == ()


def test_hours_are_shares_of_the_day() -> None:
    assert pieces_of([["06:00", "12:00"], ["18:00", "24:00"]]) == [Piece(25, 25), Piece(75, 25)]
