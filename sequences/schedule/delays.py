"""From one mail of a sequence to the next: so many hours, days or sending days later, and then within the hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sequences.models import Step
from sequences.schedule import wall_clock
from sequences.schedule.openings import Due, first_open, why_not_before
from sequences.schedule.timetables import Timetable

_DAY = timedelta(days=1)


def next_due_at(
    delay: int,
    unit: Step.Unit,
    since: datetime,
    timetable: Timetable,
    *,
    spread: int = 0,
    after: str = "the mail before",
) -> Due | None:
    """Return the first moment within the hours at which the delay since `since` is over; None if they never open.

    Hours are hours that pass. Days are days of the calendar, at the same time of the day on the clock of the
    timetable's zone. So are sending days, but only days with hours that are not skipped count, and they count from the
    moment at which the hours open next. A time of the day that a change of the clock leaves out becomes the first
    moment after it, one that comes twice is the first of both.
    `spread` are seconds, up to which mails that would leave at once are drawn apart; whoever calls takes them from
    something that stays the same, such as the enrollment, and so gets the same answer each time.
    `after` names for people what the delay counts from, such as "step 1".
    """
    wished = _after_delay(delay, unit, since.astimezone(UTC), timetable)
    opened = None if wished is None else first_open(wished, timetable)
    if wished is None or opened is None:
        return None
    reasons = [_in_words(delay, unit, after), why_not_before(wished, opened, timetable)]
    because = "; ".join(one for one in reasons if one) or "it is due at once"
    return Due(first_open(opened, timetable, spread=spread) or opened, because)


def _after_delay(delay: int, unit: Step.Unit, since: datetime, timetable: Timetable) -> datetime | None:
    if not delay:
        return since
    if unit == Step.Unit.HOURS:
        return since + timedelta(hours=delay)
    if unit == Step.Unit.SENDING_DAYS:
        return _after_sending_days(delay, since, timetable)
    local = since.astimezone(timetable.zone)
    # Where a calendar was set back by a day, the same time of the next one can be an earlier moment.
    return max(since, wall_clock.moment_of(local.replace(tzinfo=None) + delay * _DAY, timetable.zone))


def _after_sending_days(count: int, since: datetime, timetable: Timetable) -> datetime | None:
    """Return the same time of the `count`th day with hours after the one on which they open next.

    A night or a day off before that is no part of a sending day, so it counts for nothing.
    """
    opened = first_open(since, timetable)
    if opened is None:
        return None
    clock = opened.astimezone(timetable.zone).time()
    for _ in range(count):
        following = first_open(wall_clock.next_midnight(opened, timetable.zone), timetable)
        if following is None:
            return None
        opened = following
    day = opened.astimezone(timetable.zone).date()
    return wall_clock.moment_of(datetime.combine(day, clock), timetable.zone)


def _in_words(delay: int, unit: Step.Unit, after: str) -> str:
    if not delay:
        return ""
    name = Step.Unit(unit).label
    return f"{delay} {name if delay > 1 else name.removesuffix('s')} after {after}"
