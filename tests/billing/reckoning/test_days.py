"""How many mailboxes were active on each day, on the account's clock."""

from datetime import UTC, date, datetime

from billing.reckoning.days import DayUse, use_by_day
from billing.reckoning.months import Month
from billing.reckoning.usage import Interval, Tariff
from mailhub.lib.ids import new_id

MARCH = Month(2026, 3, "Europe/Berlin")


def at(day: int, hour: int = 12) -> datetime:
    """A moment of March in UTC; Berlin is one hour ahead until the 29th."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def active(begins: datetime, ends: datetime | None = None) -> Interval:
    return Interval(new_id(), "Box", begins, ends)


def uses(*intervals: Interval, begins: datetime = MARCH.begins, until: datetime = MARCH.ends) -> dict[int, DayUse]:
    tariffs = [Tariff(MARCH.begins, 2, 500), Tariff(at(10), 5, 300)]
    return {one.day.day: one for one in use_by_day(intervals, tariffs, MARCH, begins=begins, until=until)}


def test_each_day_has_its_greatest_number() -> None:
    days = uses(active(at(2), at(4)), active(at(3, 8), at(3, 10)), active(at(4, 13)))

    assert [days[number].most for number in (1, 2, 3, 4, 5)] == [0, 1, 2, 1, 1]


def test_who_is_replaced_at_the_same_moment_does_not_count_twice() -> None:
    days = uses(active(at(2), at(3)), active(at(3)))

    assert days[3].most == 1


def test_who_ends_with_a_day_does_not_count_on_the_next() -> None:
    midnight = datetime(2026, 3, 4, 23, tzinfo=UTC)

    days = uses(active(at(4), midnight))

    assert (days[4].most, days[5].most) == (1, 0)


def test_a_day_is_one_of_the_accounts_clock() -> None:
    days = uses(active(datetime(2026, 3, 4, 23, 30, tzinfo=UTC), datetime(2026, 3, 4, 23, 40, tzinfo=UTC)))

    assert (days[4].most, days[5].most) == (0, 1)


def test_what_is_included_follows_the_plan() -> None:
    days = uses(active(at(9)), active(at(9)), active(at(9)))

    assert [(days[number].included, days[number].excess) for number in (9, 10)] == [(2, 1), (5, 0)]


def test_days_before_the_beginning_and_behind_now_are_not_counted() -> None:
    days = uses(active(at(5)), begins=at(5), until=at(7))

    assert [number for number, one in days.items() if one.most is not None] == [5, 6, 7]
    assert days[8] == DayUse(date(2026, 3, 8), None, None)


def test_hours_that_a_change_of_the_zone_left_join_the_first_day() -> None:
    earlier = datetime(2026, 2, 28, 20, tzinfo=UTC)

    days = uses(active(earlier, datetime(2026, 2, 28, 21, tzinfo=UTC)), begins=earlier)

    assert days[1].most == 1
