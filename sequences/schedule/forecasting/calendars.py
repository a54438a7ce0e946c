"""The days of a forecast, and what a sequence does on them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from mailboxes.queue import working_hours
from sequences.models import Step
from sequences.schedule import wall_clock
from sequences.schedule.delays import next_due_at
from sequences.schedule.forecasting.simulating import Plan
from sequences.schedule.timetables import Timetable

Stretch = tuple[datetime, datetime]


class Calendar:
    """So many days of a time zone from the one of `now` on, of which only what is left counts."""

    def __init__(self, now: datetime, zone: ZoneInfo, day_count: int) -> None:
        self.now = now.astimezone(UTC)
        today = now.astimezone(zone).date()
        self.dates: list[date] = [today + timedelta(days=number) for number in range(day_count)]
        self.ends: list[datetime] = [wall_clock.start_of(one + timedelta(days=1), zone) for one in self.dates]

    def hours(self, timetable: Timetable) -> list[list[Stretch]]:
        """Return for each day the hours that are left of it."""
        found: list[list[Stretch]] = [[] for _ in self.dates]
        day = 0
        for begins, ends in working_hours.stretches(self.now, timetable.week, timetable.zone, timetable.skip_dates):
            while day < len(self.dates) and begins >= self.ends[day]:
                day += 1
            if day == len(self.dates):
                break
            found[day].append((begins, ends))
        return found

    def plan(self, steps: Sequence[Step], timetable: Timetable, hours: list[list[Stretch]]) -> Plan:
        """Return what the sequence does; the timetable is in the calendar's zone."""
        numbers = {one: number for number, one in enumerate(self.dates)}

        @cache
        def due_on(step: int, day: int) -> int | None:
            # Most mail leaves when the hours begin: what waited for them, and for the limits of the day before.
            since = hours[day][0][0]
            due = next_due_at(steps[step].delay, Step.Unit(steps[step].unit), since, timetable)
            return None if due is None else numbers.get(due.at.astimezone(timetable.zone).date())

        return Plan(is_open=[bool(one) for one in hours], step_count=len(steps), due_on=due_on)


def minutes_in(hours: list[Stretch]) -> int:
    """Return how many minutes the hours have, begun ones too."""
    return sum(-(-(ends - begins) // timedelta(minutes=1)) for begins, ends in hours)
