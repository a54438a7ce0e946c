"""Days as lines."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sequences.reporting.lines import Bucket, Series, buckets_of, plot, summed
from sequences.reporting.periods import Period

UTC = ZoneInfo("UTC")
FIRST = date(2026, 3, 4)


def _period(days: int) -> Period:
    return Period(FIRST, FIRST + timedelta(days=days - 1), UTC)


def test_up_to_a_hundred_days_each_has_a_point() -> None:
    buckets = buckets_of(_period(100))

    assert buckets[0] == Bucket(FIRST, FIRST)
    assert len(buckets) == 100


def test_more_days_are_weeks_that_begin_on_monday() -> None:
    buckets = buckets_of(_period(101))

    assert buckets[0] == Bucket(FIRST, date(2026, 3, 8))
    assert buckets[1] == Bucket(date(2026, 3, 9), date(2026, 3, 15))
    assert buckets[-1].last == FIRST + timedelta(days=100)


def test_years_are_months() -> None:
    buckets = buckets_of(_period(800))

    assert buckets[0] == Bucket(FIRST, date(2026, 3, 31))
    assert buckets[1] == Bucket(date(2026, 4, 1), date(2026, 4, 30))
    assert sum((one.last - one.first).days + 1 for one in buckets) == 800


def test_days_add_up_in_their_buckets() -> None:
    buckets = buckets_of(_period(101))

    sums = summed(buckets, {FIRST: 2, date(2026, 3, 8): 3, date(2026, 3, 9): 5, FIRST - timedelta(days=1): 70})

    assert sums[:3] == [5, 5, 0]
    assert sum(sums) == 10


def test_a_line_goes_from_the_ground_to_the_highest_tick() -> None:
    buckets = buckets_of(_period(3))

    drawn = plot("out", "Out", buckets, [Series("Sent", "line-sent", [0, 10, 20])], height=214)

    assert [tick.value for tick in drawn.ticks] == [0, 5, 10, 15, 20]
    assert (drawn.ticks[0].y, drawn.ticks[-1].y) == (214, 14)
    assert drawn.lines[0].points == "16.667,214 50,114 83.333,14"
    assert drawn.columns[1].words == "Thu 5 Mar 2026: 10 sent"


def test_one_day_is_a_point() -> None:
    drawn = plot("out", "Out", buckets_of(_period(1)), [Series("Sent", "line-sent", [3])])

    assert drawn.is_single
    assert drawn.lines[0].x == 50


def test_nothing_at_all_lies_on_the_ground() -> None:
    drawn = plot("out", "Out", buckets_of(_period(7)), [Series("Sent", "line-sent", [0] * 7)])

    assert {height for _x, height in (one.split(",") for one in drawn.lines[0].points.split())} == {"200"}


def test_few_labels_stand_below_many_days() -> None:
    drawn = plot("out", "Out", buckets_of(_period(90)), [Series("Sent", "line-sent", [0] * 90)])

    assert 4 <= len([one for one in drawn.columns if one.label]) <= 6
