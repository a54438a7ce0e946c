"""What a month used: the peak and its evidence, counted from the ledger (SPEC B3)."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from billing.reckoning.usage import Change, Peak, Tariff, Usage, usage_of

BEGINS, ENDS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
BOXES = [uuid.UUID(int=number) for number in range(1, 7)]
STANDARD = Tariff(BEGINS - timedelta(days=90), included=2, fee_minor=500)


def on(box: int, at: datetime) -> Change:
    return Change(at, BOXES[box], f"Box {box}", 1)


def off(box: int, at: datetime) -> Change:
    return Change(at, BOXES[box], f"Box {box}", -1)


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def used(*changes: Change, tariffs: Sequence[Tariff] = (STANDARD,)) -> Usage:
    ordered = sorted(changes, key=lambda one: one.at)
    return usage_of(ordered, tariffs, begins=BEGINS, ends=ENDS)


def peak_of(usage: Usage) -> Peak:
    assert usage.peak is not None
    return usage.peak


def test_the_fee_is_for_the_greatest_number_that_was_active_at_once() -> None:
    usage = used(on(0, day(1)), on(1, day(2)), on(2, day(3)), on(3, day(4)), off(3, day(5)), off(2, day(6)))

    peak = peak_of(usage)
    assert (peak.at, peak.active, peak.excess, peak.amount_minor) == (day(4), 4, 2, 1000)
    assert [one.mailbox_name for one in usage.active_at_peak] == ["Box 0", "Box 1", "Box 2", "Box 3"]


def test_mailboxes_that_take_turns_are_not_added_up() -> None:
    turns = [change for number in range(6) for change in (on(number, day(2 + number)), off(number, day(3 + number)))]

    assert peak_of(used(*turns)).active == 1


def test_who_was_active_before_the_month_counts_in_it_until_it_ends() -> None:
    before = BEGINS - timedelta(days=20)
    usage = used(on(0, before), on(1, before), on(2, before), off(2, day(1, 1)))

    peak = peak_of(usage)
    assert (peak.at, peak.excess) == (BEGINS, 1)
    ends = {one.mailbox_name: one.ends for one in usage.intervals}
    assert ends == {"Box 0": None, "Box 1": None, "Box 2": day(1, 1)}
    assert {one.begins for one in usage.intervals} == {BEGINS}


def test_who_ended_at_the_first_moment_of_the_month_is_no_part_of_it() -> None:
    usage = used(on(0, BEGINS - timedelta(days=1)), off(0, BEGINS))

    assert usage.intervals == ()
    assert peak_of(usage).active == 0


def test_what_happens_at_the_end_belongs_to_the_next_month() -> None:
    assert peak_of(used(on(0, ENDS))).active == 0


def test_the_price_is_the_one_that_was_valid_at_the_peak() -> None:
    larger = Tariff(day(10), included=4, fee_minor=300)
    changes = [on(0, day(1)), on(1, day(1)), on(2, day(1)), on(3, day(12)), on(4, day(12)), on(5, day(12))]

    peak = peak_of(used(*changes, tariffs=[STANDARD, larger]))

    assert (peak.at, peak.excess, peak.amount_minor) == (day(12), 2, 600)


def test_of_two_equal_peaks_the_cheaper_one_is_billed() -> None:
    cheaper = Tariff(day(20), included=2, fee_minor=400)

    peak = peak_of(used(on(0, day(1)), on(1, day(1)), on(2, day(1)), tariffs=[STANDARD, cheaper]))

    assert (peak.at, peak.amount_minor) == (day(20), 400)


def test_nothing_is_counted_before_the_subscription_began() -> None:
    later = Tariff(day(15), included=2, fee_minor=500)

    peak = peak_of(used(on(0, day(16)), tariffs=[later]))

    assert (peak.active, peak.excess) == (1, 0)
    assert used(tariffs=[Tariff(ENDS, 2, 500)]).peak is None


_MOMENTS = st.integers(min_value=-10, max_value=40).map(lambda days: BEGINS + timedelta(days=days))
_CHANGES = st.lists(st.tuples(_MOMENTS, st.integers(0, 5), st.sampled_from([1, -1])), max_size=40)
_TARIFFS = st.lists(st.tuples(_MOMENTS, st.integers(0, 4), st.sampled_from([0, 300, 500])), max_size=4)


@given(_CHANGES, _TARIFFS)
def test_the_peak_is_what_a_count_of_every_moment_finds(
    drawn: list[tuple[datetime, int, int]], prices: list[tuple[datetime, int, int]]
) -> None:
    changes = [Change(at, BOXES[box], f"Box {box}", step) for at, box, step in sorted(drawn, key=lambda one: one[0])]
    tariffs = [Tariff(*one) for one in sorted(prices, key=lambda one: one[0])]

    usage = usage_of(changes, tariffs, begins=BEGINS, ends=ENDS)

    naive = [count for hour in range(31) if (count := _naive(changes, tariffs, BEGINS + timedelta(days=hour)))]
    if usage.peak is None:
        assert not naive
        return
    greatest = max(excess for _active, excess, _fee in naive)
    assert usage.peak.excess == greatest
    assert usage.peak.fee_minor in {fee for _active, excess, fee in naive if excess == greatest}
    if greatest:
        assert usage.peak.amount_minor == greatest * min(fee for _a, excess, fee in naive if excess == greatest)
    assert len(usage.active_at_peak) == usage.peak.active
    assert all(BEGINS <= one.begins < ENDS for one in usage.intervals)


def _naive(changes: list[Change], tariffs: list[Tariff], moment: datetime) -> tuple[int, int, int] | None:
    """Count who is active at a moment, one mailbox at a time, and what is beyond what was included then."""
    valid = [one for one in tariffs if one.at <= moment]
    if not valid:
        return None
    active = 0
    for box in BOXES:
        counts = False
        for change in changes:
            if change.mailbox_id == box and change.at <= moment:
                counts = change.step > 0
        active += counts
    return active, max(active - valid[-1].included, 0), valid[-1].fee_minor
