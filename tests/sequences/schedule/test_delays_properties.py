"""What holds for every delay in every zone whose clocks are changed from 2026 to 2028, checked minute by minute."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailboxes.queue.working_hours import minutes_of
from sequences.models import Step
from sequences.schedule import Timetable, next_due_at, next_open

_DAY = timedelta(days=1)
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 3 * 365


@cache
def _changes() -> dict[str, list[datetime]]:
    """Return for each zone the midnights (UTC) within a day of which its clocks are changed."""
    found: dict[str, list[datetime]] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        offsets = [(_FIRST + day * _DAY).astimezone(zone).utcoffset() for day in range(_DAYS)]
        changed = [_FIRST + day * _DAY for day in range(1, _DAYS) if offsets[day] != offsets[day - 1]]
        if changed:
            found[name] = changed
    return found


@st.composite
def _around_a_change(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    name = draw(st.sampled_from(sorted(_changes())))
    change = draw(st.sampled_from(_changes()[name]))
    return ZoneInfo(name), change + timedelta(seconds=draw(st.integers(-5 * 86_400, 2 * 86_400)))


@st.composite
def _weeks(draw: st.DrawFn) -> tuple[tuple[tuple[str, str], ...], ...]:
    week = []
    for _day in range(7):
        quarters = sorted(draw(st.lists(st.integers(0, 96), unique=True, max_size=4)))
        pairs = zip(quarters[::2], quarters[1::2], strict=False)
        week.append(tuple((_clock(opens), _clock(closes)) for opens, closes in pairs))
    assume(any(week))
    return tuple(week)


def _clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


_delays = st.tuples(st.integers(0, 9), st.sampled_from(Step.Unit))
_spreads = st.integers(0, 3600)
_skipped = st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=5)


def _is_open(at: datetime, timetable: Timetable) -> bool:
    shown = at.astimezone(timetable.zone)
    minute = shown.hour * 60 + shown.minute
    return shown.date() not in timetable.skip_dates and any(
        minutes_of(opens) <= minute < minutes_of(closes) for opens, closes in timetable.week[shown.weekday()]
    )


@given(_around_a_change(), _weeks(), _skipped, _delays, _spreads)
@settings(max_examples=300, deadline=None)
def test_a_due_moment_is_within_the_hours_not_before_the_delay_and_always_the_same(
    place: tuple[ZoneInfo, datetime],
    week: tuple[tuple[tuple[str, str], ...], ...],
    skipped: frozenset[date],
    delay: tuple[int, Step.Unit],
    spread: int,
) -> None:
    zone, since = place
    timetable = Timetable(week, zone, skipped)
    count, unit = delay

    due = next_due_at(count, unit, since, timetable, spread=spread)

    assert due is not None
    assert due == next_due_at(count, unit, since.astimezone(zone), timetable, spread=spread)
    assert _is_open(due.at, timetable)
    assert due.at >= since
    begun, ended = since.astimezone(zone), due.at.astimezone(zone)
    if unit == Step.Unit.HOURS:
        assert due.at - since >= timedelta(hours=count)
    if unit == Step.Unit.DAYS and count:
        assert ended.replace(tzinfo=None) >= begun.replace(tzinfo=None) + count * _DAY
    if unit == Step.Unit.SENDING_DAYS:
        passed = [begun.date() + day * _DAY for day in range(1, (ended.date() - begun.date()).days + 1)]
        assert sum(bool(week[day.weekday()]) and day not in skipped for day in passed) >= count


@given(_around_a_change(), _weeks(), _delays, _spreads, st.integers(0, 2 * 86_400))
@settings(max_examples=300, deadline=None)
def test_what_begins_later_is_not_due_earlier(
    place: tuple[ZoneInfo, datetime],
    week: tuple[tuple[tuple[str, str], ...], ...],
    delay: tuple[int, Step.Unit],
    spread: int,
    seconds: int,
) -> None:
    zone, since = place
    timetable = Timetable(week, zone, frozenset())
    later = since + timedelta(seconds=seconds)
    # Between two moments where clocks are set back, the one that is later can be earlier by the clock.
    assume(since.astimezone(zone).replace(tzinfo=None) <= later.astimezone(zone).replace(tzinfo=None))

    first = next_due_at(*delay, since, timetable, spread=spread)
    second = next_due_at(*delay, later, timetable, spread=spread)

    assert first is not None
    assert second is not None
    assert first.at <= second.at


@given(_around_a_change(), _weeks(), _skipped)
@settings(max_examples=150, deadline=None)
def test_no_open_minute_is_passed_over(
    place: tuple[ZoneInfo, datetime], week: tuple[tuple[tuple[str, str], ...], ...], skipped: frozenset[date]
) -> None:
    zone, at = place
    timetable = Timetable(week, zone, skipped)
    at = at.replace(second=0)

    found = next_open(at, timetable)

    assert found is not None
    moment = at
    while moment < min(found.at, at + 2 * _DAY):
        assert not _is_open(moment, timetable)
        moment += timedelta(minutes=5)
