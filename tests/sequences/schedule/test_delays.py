"""A delay is read from the clock on the wall, and ends within the hours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sequences.models import Step
from sequences.schedule import Timetable, next_due_at
from tests.sequences.schedule.factories import ALWAYS, BERLIN, OFFICE, timetable

HOURS, DAYS, SENDING_DAYS = Step.Unit.HOURS, Step.Unit.DAYS, Step.Unit.SENDING_DAYS


def _local(*parts: int, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=zone, fold=fold)  # type: ignore[arg-type,misc]


def _due(delay: int, unit: Step.Unit, since: datetime, hours: Timetable, *, spread: int = 0) -> datetime:
    found = next_due_at(delay, unit, since, hours, spread=spread)
    assert found is not None
    assert found.at.tzinfo is UTC
    return found.at


@pytest.mark.parametrize(
    ("delay", "unit", "since", "due"),
    [
        # Within the hours; at their end, which is not theirs any more; in the night; over the week-end.
        (0, DAYS, (2026, 3, 3, 10, 0), (2026, 3, 3, 10, 0)),
        (0, DAYS, (2026, 3, 3, 17, 0), (2026, 3, 4, 9, 0)),
        (0, DAYS, (2026, 3, 3, 5, 0), (2026, 3, 3, 9, 0)),
        (2, DAYS, (2026, 3, 3, 10, 12, 13), (2026, 3, 5, 10, 12, 13)),
        (3, DAYS, (2026, 3, 4, 10, 0), (2026, 3, 9, 9, 0)),
        (6, HOURS, (2026, 3, 3, 10, 0), (2026, 3, 3, 16, 0)),
        (8, HOURS, (2026, 3, 3, 10, 0), (2026, 3, 4, 9, 0)),
        # Sending days leave out the week-end; from a night or a week-end on they count from when the hours open.
        (3, SENDING_DAYS, (2026, 3, 4, 10, 0), (2026, 3, 9, 10, 0)),
        (1, SENDING_DAYS, (2026, 3, 7, 10, 0), (2026, 3, 10, 9, 0)),
        (1, SENDING_DAYS, (2026, 3, 3, 20, 0), (2026, 3, 5, 9, 0)),
        (365, SENDING_DAYS, (2026, 3, 2, 10, 0), (2027, 7, 26, 10, 0)),
    ],
)
def test_a_delay_ends_within_the_hours(
    delay: int, unit: Step.Unit, since: tuple[int, ...], due: tuple[int, ...]
) -> None:
    assert _due(delay, unit, _local(*since), timetable(OFFICE)) == _local(*due)


def test_a_skipped_day_has_no_hours_and_is_no_sending_day() -> None:
    holidays = timetable(OFFICE, skip_dates=[date(2026, 12, 25), date(2026, 12, 28)])
    christmas_eve = _local(2026, 12, 24, 10, 0)

    assert _due(1, DAYS, christmas_eve, holidays) == _local(2026, 12, 29, 9, 0)
    assert _due(1, SENDING_DAYS, christmas_eve, holidays) == _local(2026, 12, 29, 10, 0)


def test_a_skipped_day_is_one_of_the_zone_that_the_clock_stands_in() -> None:
    tokyo = timetable(ALWAYS, "Asia/Tokyo", skip_dates=[date(2026, 12, 28)])

    due = _due(0, DAYS, datetime(2026, 12, 27, 15, 0, tzinfo=UTC), tokyo)

    assert due == datetime(2026, 12, 28, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("week", [[[]] * 7, [[["09:00", "09:00"]]] * 7])
def test_hours_that_never_open_make_nothing_due(week: list[list[list[str]]]) -> None:
    for unit in Step.Unit:
        assert next_due_at(1, unit, _local(2026, 3, 3, 10, 0), timetable(week)) is None


def test_days_skipped_for_years_make_nothing_due() -> None:
    skipped = [date(2026, 1, 1) + timedelta(days=day) for day in range(1500)]

    assert next_due_at(1, SENDING_DAYS, _local(2026, 3, 3, 10, 0), timetable(OFFICE, skip_dates=skipped)) is None


# Where clocks are changed


@pytest.mark.parametrize("unit", [DAYS, SENDING_DAYS])
def test_b138_half_past_two_that_is_left_out_becomes_the_first_moment_after(unit: Step.Unit) -> None:
    due = _due(1, unit, _local(2026, 3, 28, 2, 30), timetable(ALWAYS))

    assert due == _local(2026, 3, 29, 3, 0) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("unit", [DAYS, SENDING_DAYS])
def test_b138_half_past_two_that_comes_twice_is_the_first(unit: Step.Unit) -> None:
    due = _due(1, unit, _local(2026, 10, 24, 2, 30), timetable(ALWAYS))

    assert due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("first", [datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC)])
def test_b138_one_mail_a_day_around_half_past_two_leaves_exactly_once_a_day_over_both_changes(first: datetime) -> None:
    hours = timetable([[["02:30", "03:30"]]] * 7)
    left = [_due(0, DAYS, first, hours)]

    while len(left) < 7:
        left.append(_due(1, DAYS, left[-1], hours))

    days = [one.astimezone(BERLIN).date() for one in left]
    assert days == [days[0] + timedelta(days=number) for number in range(7)]


def test_b138_hours_that_a_change_leaves_out_altogether_wait_for_the_next_day() -> None:
    due = _due(0, DAYS, _local(2026, 3, 29, 0, 0), timetable([[["02:00", "03:00"]]] * 7))

    assert due == _local(2026, 3, 30, 2, 0)


def test_hours_that_pass_are_not_days() -> None:
    before = _local(2026, 3, 28, 12, 0)

    assert _due(24, HOURS, before, timetable(ALWAYS)) == _local(2026, 3, 29, 13, 0)
    assert _due(1, DAYS, before, timetable(ALWAYS)) == _local(2026, 3, 29, 12, 0)


@pytest.mark.parametrize(
    ("zone", "since", "due"),
    [
        # Midnight itself is left out in Santiago, and in Cairo.
        ("America/Santiago", (2026, 9, 5, 0, 10), "2026-09-06T01:00:00-03:00"),
        ("Africa/Cairo", (2026, 4, 23, 0, 10), "2026-04-24T01:00:00+03:00"),
        # The hour before midnight comes twice.
        ("America/Santiago", (2026, 4, 3, 23, 30), "2026-04-04T23:30:00-03:00"),
        # Clocks of Lord Howe are changed by half an hour.
        ("Australia/Lord_Howe", (2026, 10, 3, 2, 10), "2026-10-04T02:30:00+11:00"),
        ("Australia/Lord_Howe", (2026, 4, 4, 1, 45), "2026-04-05T01:45:00+11:00"),
        # Samoa left out a whole day when it crossed the date line.
        ("Pacific/Apia", (2011, 12, 29, 10, 0), "2011-12-31T00:00:00+14:00"),
    ],
)
def test_odd_changes_of_the_clock(zone: str, since: tuple[int, ...], due: str) -> None:
    found = _due(1, DAYS, _local(*since, zone=ZoneInfo(zone)), timetable(ALWAYS, zone))

    assert found == datetime.fromisoformat(due)


def test_a_day_that_a_calendar_left_out_is_no_sending_day() -> None:
    apia = ZoneInfo("Pacific/Apia")

    due = _due(1, SENDING_DAYS, _local(2011, 12, 29, 10, 0, zone=apia), timetable(ALWAYS, apia))

    assert due == _local(2011, 12, 31, 10, 0, zone=apia)


# Drawing apart


def test_mails_are_drawn_apart_within_the_hours() -> None:
    assert _due(0, DAYS, _local(2026, 3, 7, 10, 0), timetable(), spread=90) == _local(2026, 3, 9, 9, 1, 30)
    assert _due(0, DAYS, _local(2026, 3, 6, 16, 59), timetable(), spread=600) == _local(2026, 3, 6, 16, 59, 59)


def test_hours_that_go_on_past_midnight_do_not_hold_mails_together() -> None:
    due = _due(0, DAYS, _local(2026, 3, 3, 23, 59), timetable(ALWAYS), spread=600)

    assert due == _local(2026, 3, 4, 0, 9)


# Words


@pytest.mark.parametrize(
    ("delay", "unit", "since", "words"),
    [
        (0, DAYS, (2026, 12, 22, 10, 0), "it is due at once"),
        (3, DAYS, (2026, 12, 21, 10, 0), "3 days after step 1"),
        (1, HOURS, (2026, 12, 21, 10, 0), "1 hour after step 1"),
        (1, SENDING_DAYS, (2026, 12, 21, 10, 0), "1 sending day after step 1"),
        (0, DAYS, (2026, 12, 19, 10, 0), "Monday 9:00 in Europe/Berlin, when the hours begin"),
        (2, DAYS, (2026, 12, 17, 10, 0), "2 days after step 1; Monday 9:00 in Europe/Berlin, when the hours begin"),
        (
            1,
            DAYS,
            (2026, 12, 27, 10, 0),
            "1 day after step 1; 28 Dec is a skipped day; Tuesday 9:00 in Europe/Berlin, when the hours begin",
        ),
        (
            0,
            DAYS,
            (2027, 1, 4, 10, 0),
            "5 days from 4 Jan are skipped; Monday, 11 Jan, 9:00 in Europe/Berlin, when the hours begin",
        ),
    ],
)
def test_people_are_told_why(delay: int, unit: Step.Unit, since: tuple[int, ...], words: str) -> None:
    skipped = [date(2026, 12, 28), *(date(2027, 1, day) for day in range(4, 10))]

    due = next_due_at(delay, unit, _local(*since), timetable(skip_dates=skipped), after="step 1")

    assert due is not None
    assert due.because == words
