"""Bills of random histories beside a recount that is written in another way: hour by hour, mailbox by mailbox."""

import itertools
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.reckoning.bills import Bill, bill_of
from billing.reckoning.months import Month
from billing.reckoning.sharing import Holding
from billing.reckoning.usage import Change

HOUR = timedelta(hours=1)
START = datetime(2026, 2, 10, tzinfo=UTC)
# Clocks change in March in the first and the second, in April in the third; the others are far ahead and far behind.
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC")
BOXES = [uuid.UUID(int=number) for number in range(1, 6)]
PLANS = (("Small", 900, 1, 200), ("Medium", 1999, 2, 150), ("Large", 5000, 4, 100), ("Free", 0, 3, 0))


@dataclass(frozen=True)
class History:
    """What a subscription had and used, and when its account moved to which time zone."""

    holdings: tuple[Holding, ...]
    changes: tuple[Change, ...]
    zones: tuple[tuple[datetime, str], ...]

    def zone_at(self, moment: datetime) -> str:
        return [zone for at, zone in self.zones if at <= moment][-1]


_HOURS = st.integers(0, 24 * 75)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history from 10 February on; everything happens at full hours, so that there is nothing between them."""
    changed = sorted(draw(st.lists(_HOURS, max_size=3, unique=True)))
    moments = [START, *(START + hours * HOUR for hours in changed)]
    holdings = tuple(Holding(at, *draw(st.sampled_from(PLANS))) for at in moments)
    drawn = sorted(draw(st.lists(st.tuples(_HOURS, st.integers(0, 4)), max_size=14)), key=lambda one: one[0])
    active: set[int] = set()
    changes = []
    for hours, box in drawn:
        active ^= {box}
        changes.append(Change(START + hours * HOUR, BOXES[box], f"Box {box}", 1 if box in active else -1))
    moved = sorted(draw(st.lists(st.tuples(_HOURS, st.sampled_from(ZONES)), max_size=2)))
    zones = [(START, draw(st.sampled_from(ZONES))), *((START + hours * HOUR, zone) for hours, zone in moved)]
    return History(holdings, tuple(changes), tuple(zones))


def closed(history: History) -> list[Bill]:
    """Close months as they end, on the clock that is the account's at that moment."""
    billed_until, bills = START, []
    first = START.astimezone(ZoneInfo(history.zone_at(START)))
    month = Month(first.year, first.month)
    while billed_until < START + timedelta(days=75):
        zone = _zone_at_end(history, month, billed_until)
        month = Month(month.year, month.number, zone)
        while month.ends <= billed_until:
            month = month.next
        bills.append(bill_of(history.holdings, history.changes, month, begins=billed_until, currency="EUR"))
        billed_until, month = month.ends, month.next
    return bills


def _zone_at_end(history: History, month: Month, billed_until: datetime) -> str:
    """Return the first zone on whose clock the month is over before the account moves on."""
    moves = [at for at, _zone in history.zones if at > billed_until]
    zone = history.zone_at(billed_until)
    for at in moves:
        if Month(month.year, month.number, zone).ends <= at:
            break
        zone = history.zone_at(at)
    return zone


@settings(max_examples=150, deadline=None)
@given(histories())
def test_periods_follow_each_other_without_gap_or_overlap(history: History) -> None:
    bills = closed(history)

    assert bills[0].begins == START
    assert all(before.ends == after.begins for before, after in itertools.pairwise(bills))
    assert all(one.begins < one.ends for one in bills)
    names = [one.month.name for one in bills]
    assert names == sorted(set(names))


@settings(max_examples=150, deadline=None)
@given(histories())
def test_a_bill_is_what_a_recount_hour_by_hour_finds(history: History) -> None:
    for bill in closed(history):
        assert bill.net_minor == sum(line.net_minor for line in bill.lines)
        assert _plan_amounts(bill) == _recounted_shares(history, bill)
        assert _overage(bill) == _recounted_overage(history, bill)


@settings(max_examples=150, deadline=None)
@given(histories())
def test_an_overage_traces_to_intervals_that_are_in_the_ledger(history: History) -> None:
    for bill in closed(history):
        for line in (one for one in bill.lines if one.is_overage):
            peak = bill.usage.peak
            assert peak is not None
            assert line.quantity == len(line.evidence) - peak.included
            assert len({one.mailbox_id for one in line.evidence}) == len(line.evidence)
            for one in line.evidence:
                assert one.holds(peak.at)
                assert bill.begins <= one.begins
                assert one.begins == bill.begins or _is_written(history, one.mailbox_id, one.begins, 1)
                assert one.ends is None or _is_written(history, one.mailbox_id, one.ends, -1)


@given(st.sampled_from(ZONES), st.sampled_from(PLANS), st.integers(1, 12))
def test_a_whole_month_of_one_plan_costs_its_price(zone: str, plan: tuple[str, int, int, int], number: int) -> None:
    month = Month(2026, number, zone)
    held = Holding(month.begins - HOUR, *plan)

    bill = bill_of([held], (), month, begins=month.begins, currency="EUR")

    assert bill.net_minor == held.price_minor
    assert bill.lines[0].words == f"{held.plan_name}, {month}"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True))
def test_shares_of_a_month_at_one_price_differ_from_it_by_rounding_only(zone: str, days: list[int]) -> None:
    month = Month(2026, 3, zone)
    starts = month.days()
    moments = [month.begins, *(starts[one] for one in sorted(days))]
    holdings = [Holding(at, f"Plan {number}", 1999, 0, 0) for number, at in enumerate(moments)]

    bill = bill_of(holdings, (), month, begins=month.begins, currency="EUR")

    assert sum(one.quantity for one in bill.lines) == 31
    assert abs(bill.net_minor - 1999) <= Fraction(len(bill.lines), 2)


def _is_written(history: History, mailbox_id: uuid.UUID, at: datetime, step: int) -> bool:
    return any((one.mailbox_id, one.at, one.step) == (mailbox_id, at, step) for one in history.changes)


def _plan_amounts(bill: Bill) -> dict[tuple[str, int], int]:
    """Return how many days of which plan are billed."""
    found: dict[tuple[str, int], int] = {}
    for line in bill.lines:
        if not line.is_overage:
            key = (line.words.partition(",")[0], line.unit_minor)
            found[key] = found.get(key, 0) + line.quantity
            exact = Fraction(line.unit_minor * line.quantity, bill.month.day_count)
            assert abs(line.net_minor - exact) <= Fraction(1, 2)
    return found


def _hours(bill: Bill) -> list[datetime]:
    count = (bill.ends - bill.begins) // HOUR
    return [bill.begins + number * HOUR for number in range(count)]


def _recounted_shares(history: History, bill: Bill) -> dict[tuple[str, int], int]:
    """Ask each hour whose it is and on which day; the dearest plan of a day has it."""
    clock = ZoneInfo(bill.month.zone)
    dearest: dict[date, Holding] = {}
    for hour in _hours(bill):
        held = [one for one in history.holdings if one.at <= hour]
        # Hours before the month, left by a move to another zone, belong to its first day.
        today = max(hour.astimezone(clock).date(), bill.month.first_day)
        best = dearest.get(today)
        if held and (best is None or held[-1].price_minor >= best.price_minor):
            dearest[today] = held[-1]
    found: dict[tuple[str, int], int] = {}
    for one in dearest.values():
        key = (one.plan_name, one.price_minor)
        found[key] = found.get(key, 0) + 1
    return found


def _overage(bill: Bill) -> tuple[int, int]:
    lines = [one for one in bill.lines if one.is_overage]
    assert len(lines) <= 1
    return (lines[0].quantity, lines[0].net_minor) if lines else (0, 0)


def _recounted_overage(history: History, bill: Bill) -> tuple[int, int]:
    """Count in each hour who is active; the greatest excess costs the fee of then, the least of several."""
    found: list[tuple[int, int]] = []
    for hour in _hours(bill):
        held = [one for one in history.holdings if one.at <= hour][-1]
        active = sum(_is_active(history, box, hour) for box in BOXES)
        found.append((active - held.included, held.fee_minor))
    greatest = max(excess for excess, _fee in found)
    fee = min(fee for excess, fee in found if excess == greatest)
    return (greatest, greatest * fee) if greatest > 0 and fee else (0, 0)


def _is_active(history: History, box: uuid.UUID, hour: datetime) -> bool:
    steps = [one.step for one in history.changes if one.mailbox_id == box and one.at <= hour]
    return bool(steps) and steps[-1] > 0
