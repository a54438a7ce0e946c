"""Whose clock and which days off hold for a contact."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from sequences.models import Contact, Sequence
from sequences.schedule import timetable_of
from sequences.schedule.rules import SendingRules

BERLIN, TOKYO, UTC = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo"), ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("zone", "contacts_zone", "found"),
    [
        (Sequence.Zone.CONTACT, "Asia/Tokyo", TOKYO),
        (Sequence.Zone.ACCOUNT, "Asia/Tokyo", BERLIN),
        # Nobody knows it, or it is no zone at all.
        (Sequence.Zone.CONTACT, "", BERLIN),
        (Sequence.Zone.CONTACT, "Europe", BERLIN),
        (Sequence.Zone.CONTACT, "../../etc/passwd", BERLIN),
    ],
)
def test_the_contacts_clock_counts_where_the_sequence_says_so_and_it_is_known(
    zone: str, contacts_zone: str, found: ZoneInfo
) -> None:
    timetable = timetable_of(Sequence(zone=zone), Contact(time_zone=contacts_zone), SendingRules(zone=BERLIN))

    assert timetable.zone == found


def test_an_account_that_set_nothing_counts_in_utc() -> None:
    timetable = timetable_of(Sequence(), None, SendingRules())

    assert timetable.zone == UTC
    assert timetable.week[0] == (("09:00", "17:00"),)
    assert timetable.week[6] == ()


def test_days_that_the_account_skips_and_those_of_the_sequence_are_skipped() -> None:
    rules = SendingRules(skip_dates=frozenset({date(2026, 12, 25)}))

    timetable = timetable_of(Sequence(skip_dates=["2026-12-31"]), None, rules)

    assert timetable.skip_dates == {date(2026, 12, 25), date(2026, 12, 31)}


def test_hours_of_a_day_are_put_in_order() -> None:
    week = [[["13:00", "17:00"], ["09:00", "12:00"]], [], [], [], [], [], []]

    timetable = timetable_of(Sequence(week=week), None, SendingRules())

    assert timetable.week[0] == (("09:00", "12:00"), ("13:00", "17:00"))
