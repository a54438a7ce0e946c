"""Working time is counted as a person with a calendar and a clock on the wall would count it."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailboxes.queue.working_hours import due_at, minutes_of

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = [[["09:00", "17:00"]]] * 5 + [[], []]
ALWAYS = [[["00:00", "24:00"]]] * 7
_ZONES = ["Europe/Berlin", "America/New_York", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
# Days around which clocks are changed, in one of the zones or another.
_AROUND = [
    date(2026, 3, 8),
    date(2026, 3, 29),
    date(2026, 4, 5),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 7, 1),
]


def _local(*parts: int, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(*parts, tzinfo=zone)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        # Within a day, over night, over the week-end, from before work, and from a week-end.
        ((2026, 3, 3, 10, 0), 60, (2026, 3, 3, 11, 0)),
        ((2026, 3, 3, 16, 30), 60, (2026, 3, 4, 9, 30)),
        ((2026, 3, 6, 16, 0), 120, (2026, 3, 9, 10, 0)),
        ((2026, 3, 3, 5, 0), 30, (2026, 3, 3, 9, 30)),
        ((2026, 3, 7, 12, 0), 480, (2026, 3, 9, 17, 0)),
        # The last minute of a day is still that day's.
        ((2026, 3, 3, 9, 0), 480, (2026, 3, 3, 17, 0)),
        ((2026, 3, 3, 17, 0), 1, (2026, 3, 4, 9, 1)),
    ],
)
def test_working_time_runs_while_people_work(start: tuple[int, ...], minutes: int, due: tuple[int, ...]) -> None:
    assert due_at(_local(*start), minutes, OFFICE, BERLIN, ()) == _local(*due)


def test_a_day_off_is_left_out() -> None:
    found = due_at(_local(2026, 12, 24, 16, 0), 120, OFFICE, BERLIN, {date(2026, 12, 25)})

    assert found == _local(2026, 12, 28, 10, 0)


def test_a_day_may_have_two_stretches_with_a_break() -> None:
    week = [[["09:00", "12:00"], ["13:00", "17:00"]]] * 5 + [[], []]

    assert due_at(_local(2026, 3, 3, 11, 30), 60, week, BERLIN, ()) == _local(2026, 3, 3, 13, 30)


def test_the_hour_that_comes_twice_counts_twice_and_the_missing_one_not_at_all() -> None:
    spring = due_at(_local(2026, 3, 29, 0, 0), 23 * 60, ALWAYS, BERLIN, ())
    autumn = due_at(_local(2026, 10, 25, 0, 0), 25 * 60, ALWAYS, BERLIN, ())

    assert spring == _local(2026, 3, 30, 0, 0)
    assert autumn == _local(2026, 10, 26, 0, 0)


def test_office_hours_are_those_of_the_wall_clock_on_both_sides_of_a_change() -> None:
    found = due_at(_local(2026, 3, 27, 16, 0), 120, OFFICE, BERLIN, ())

    assert found == _local(2026, 3, 30, 10, 0)


@pytest.mark.parametrize("week", [[], [[]] * 7, [[["09:00", "09:00"]]] * 7])
def test_where_nobody_ever_works_nothing_is_due(week: list[list[list[str]]]) -> None:
    assert due_at(_local(2026, 3, 3, 10, 0), 60, week, BERLIN, ()) is None


def test_days_off_for_years_end_the_search() -> None:
    holidays = {date(2026, 1, 1) + timedelta(days=day) for day in range(1500)}

    assert due_at(_local(2026, 3, 3, 10, 0), 60, OFFICE, BERLIN, holidays) is None


@pytest.mark.parametrize("clock", ["", "9:00", "24:01", "12:60", "ab:cd", "12.00", "-1:00", "٠٩:٠٠", "09:00:00"])
def test_what_is_no_time_of_the_day_is_refused(clock: str) -> None:
    with pytest.raises(ValueError, match="no time of the day"):
        minutes_of(clock)


def test_seconds_are_kept() -> None:
    assert due_at(_local(2026, 3, 3, 16, 59, 47), 1, OFFICE, BERLIN, ()) == _local(2026, 3, 4, 9, 0, 47)


@pytest.mark.parametrize("seed", range(60))
def test_it_agrees_with_counting_minute_by_minute(seed: int) -> None:
    chosen = random.Random(seed)
    zone = ZoneInfo(chosen.choice(_ZONES))
    week = [_day(chosen) for _ in range(7)]
    around = chosen.choice(_AROUND)
    start = datetime(around.year, around.month, around.day, tzinfo=UTC)
    start += timedelta(minutes=chosen.randrange(-3 * 1440, 1440))
    holidays = {around + timedelta(days=chosen.randrange(-2, 4)) for _ in range(chosen.randrange(2))}
    minutes = chosen.randrange(1, 1200)

    found = due_at(start, minutes, week, zone, holidays)

    assert found == _counted(start, minutes, week, zone, holidays)


def _day(chosen: random.Random) -> list[list[str]]:
    times = sorted(chosen.sample(range(0, 1441, 15), 4))
    stretches = [[f"{minute // 60:02}:{minute % 60:02}" for minute in pair] for pair in (times[:2], times[2:])]
    return stretches[: chosen.choice([0, 1, 1, 2])]


def _counted(
    start: datetime, minutes: int, week: list[list[list[str]]], zone: ZoneInfo, holidays: set[date]
) -> datetime | None:
    """Look at the clock on the wall in every single minute."""
    moment = start
    for _ in range(60 * 1440 if any(week) else 0):
        shown = moment.astimezone(zone)
        minute = shown.hour * 60 + shown.minute
        works = shown.date() not in holidays and any(
            minutes_of(opens) <= minute < minutes_of(closes) for opens, closes in week[shown.weekday()]
        )
        minutes -= works
        moment += timedelta(minutes=1)
        if not minutes:
            return moment
    return None
