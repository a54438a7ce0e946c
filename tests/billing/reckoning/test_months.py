"""Months of a time zone."""

import itertools
from datetime import UTC, datetime

import pytest

from billing.reckoning.months import Month


@pytest.mark.parametrize(
    ("month", "begins", "ends"),
    [
        (Month(2026, 3), datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)),
        (
            Month(2026, 3, "Europe/Berlin"),
            datetime(2026, 2, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 31, 22, tzinfo=UTC),
        ),
        (
            Month(2026, 12, "Pacific/Auckland"),
            datetime(2026, 11, 30, 11, tzinfo=UTC),
            datetime(2026, 12, 31, 11, tzinfo=UTC),
        ),
        # The clock is set forward at midnight there: the day has no midnight.
        (
            Month(2012, 9, "America/Santiago"),
            datetime(2012, 9, 1, 4, tzinfo=UTC),
            datetime(2012, 10, 1, 3, tzinfo=UTC),
        ),
    ],
)
def test_a_month_begins_and_ends_at_midnight_on_its_own_clock(month: Month, begins: datetime, ends: datetime) -> None:
    assert (month.begins, month.ends) == (begins, ends)


def test_a_moment_lies_in_the_month_that_the_clock_there_shows() -> None:
    moment = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert Month.of(moment, "UTC").name == "2026-12"
    assert Month.of(moment, "Europe/Berlin").name == "2027-01"


def test_months_follow_each_other_without_a_gap() -> None:
    month = Month(2026, 11, "Europe/Berlin")

    assert month.next.begins == month.ends
    assert month.next.next == Month(2027, 1, "Europe/Berlin")
    assert str(month) == "November 2026"


def test_every_day_has_its_first_moment() -> None:
    days = Month(2026, 3, "Europe/Berlin").days()

    assert len(days) == 31
    assert {(after - before).total_seconds() / 3600 for before, after in itertools.pairwise(days)} == {23, 24}
