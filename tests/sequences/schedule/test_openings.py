"""When the hours are open next."""

from datetime import date, datetime, timedelta

import pytest

from sequences.schedule import Due, closes_at, next_open
from tests.sequences.schedule.factories import ALWAYS, BERLIN, OFFICE, timetable


def test_within_the_hours_it_is_now_and_there_is_no_reason_to_give() -> None:
    now = datetime(2026, 3, 3, 10, 0, 0, 123, tzinfo=BERLIN)

    assert next_open(now, timetable()) == Due(now, "")


@pytest.mark.parametrize(
    ("now", "opens", "because"),
    [
        ((2026, 3, 3, 8, 59), (2026, 3, 3, 9, 0), "Tuesday 9:00 in Europe/Berlin, when the hours begin"),
        ((2026, 3, 3, 17, 0), (2026, 3, 4, 9, 0), "Wednesday 9:00 in Europe/Berlin, when the hours begin"),
        ((2026, 3, 6, 18, 0), (2026, 3, 9, 9, 0), "Monday 9:00 in Europe/Berlin, when the hours begin"),
    ],
)
def test_outside_the_hours_it_is_when_they_begin(now: tuple[int, ...], opens: tuple[int, ...], because: str) -> None:
    found = next_open(datetime(*now, tzinfo=BERLIN), timetable())  # type: ignore[arg-type,misc]

    assert found == Due(datetime(*opens, tzinfo=BERLIN), because)  # type: ignore[arg-type,misc]


def test_a_break_at_noon_is_kept() -> None:
    week = [[["09:00", "12:00"], ["13:00", "17:00"]]] * 7

    found = next_open(datetime(2026, 3, 3, 12, 0, tzinfo=BERLIN), timetable(week))

    assert found is not None
    assert found.at == datetime(2026, 3, 3, 13, 0, tzinfo=BERLIN)


def test_a_skipped_day_is_named() -> None:
    found = next_open(datetime(2026, 3, 3, 10, 0, tzinfo=BERLIN), timetable(skip_dates=[date(2026, 3, 3)]))

    assert found is not None
    assert found.because == "3 Mar is a skipped day; Wednesday 9:00 in Europe/Berlin, when the hours begin"


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_that_is_open_throughout_is_so_in_all_its_hours(day: date, hours: int) -> None:
    begins = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    only_that_day = timetable(ALWAYS, skip_dates=[day - timedelta(days=1), day + timedelta(days=1)])
    moments = [datetime.fromtimestamp(begins.timestamp() + hour * 3600, BERLIN) for hour in range(hours + 1)]

    found = [next_open(one, only_that_day) for one in moments]

    assert [one is not None and one.because == "" for one in found] == [True] * hours + [False]


def test_hours_that_never_come_open_never() -> None:
    assert next_open(datetime(2026, 3, 3, tzinfo=BERLIN), timetable([[]] * 7)) is None
    assert next_open(datetime(2026, 3, 3, tzinfo=BERLIN), timetable(OFFICE)) is not None


@pytest.mark.parametrize(
    ("week", "now", "closes"),
    [
        (OFFICE, (2026, 3, 3, 10, 0), (2026, 3, 3, 17, 0)),
        (OFFICE, (2026, 3, 3, 17, 0), (2026, 3, 3, 17, 0)),
        (OFFICE, (2026, 3, 7, 10, 0), (2026, 3, 7, 10, 0)),
        # Through midnight, and through the night in which the clock is set forward.
        ([*ALWAYS[:6], [["00:00", "12:00"]]], (2026, 3, 28, 20, 0), (2026, 3, 29, 12, 0)),
    ],
)
def test_hours_close_at_the_first_moment_outside_of_them(
    week: list[list[list[str]]], now: tuple[int, ...], closes: tuple[int, ...]
) -> None:
    found = closes_at(datetime(*now, tzinfo=BERLIN), timetable(week))  # type: ignore[arg-type,misc]

    assert found == datetime(*closes, tzinfo=BERLIN)  # type: ignore[arg-type,misc]


def test_hours_that_are_always_open_never_close() -> None:
    assert closes_at(datetime(2026, 3, 3, tzinfo=BERLIN), timetable(ALWAYS)) is None
