"""The times that are offered, in the person's own time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailboxes.queue.snoozing import choices


def _offered(now: datetime, zone: str) -> dict[str, datetime]:
    return {one.key: one.until for one in choices(now, ZoneInfo(zone))}


def test_mornings_are_those_of_the_person() -> None:
    tuesday_evening = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)

    offered = _offered(tuesday_evening, "Asia/Tokyo")

    # In Tokyo it is Wednesday morning.
    assert offered["tomorrow"].astimezone(UTC) == datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    assert offered["monday"].astimezone(UTC) == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    assert offered["week"].astimezone(UTC) == datetime(2026, 3, 11, 0, 0, tzinfo=UTC)


def test_a_morning_after_the_clocks_change_is_at_nine_all_the_same() -> None:
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)

    offered = _offered(saturday, "Europe/Berlin")

    assert offered["tomorrow"].astimezone(UTC) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


def test_late_at_night_there_is_no_later_today() -> None:
    assert "later" in _offered(datetime(2026, 3, 3, 10, 0, tzinfo=UTC), "UTC")
    assert "later" not in _offered(datetime(2026, 3, 3, 21, 0, tzinfo=UTC), "UTC")


def test_no_moment_is_offered_under_two_names() -> None:
    sunday = datetime(2026, 3, 8, 12, tzinfo=UTC)
    for day in range(7):
        offered = [one.until for one in choices(sunday + timedelta(days=day), UTC)]

        assert len(offered) == len(set(offered))
