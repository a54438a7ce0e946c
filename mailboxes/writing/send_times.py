"""When a letter leaves that is not sent at once: a few moments to choose from, in the time zone of the person."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

# Whoever schedules for later than this has probably typed a wrong year.
FURTHEST = timedelta(days=366)
_MORNING = time(9, 0)


@dataclass(frozen=True)
class SendTime:
    key: str
    label: str
    at: datetime


def send_times(*, now: datetime, zone: tzinfo) -> list[SendTime]:
    """Return the moments that are offered, soonest first."""
    today = now.astimezone(zone).date()
    # On Sunday both are the same morning.
    mondays = [today + timedelta(days=days) for days in range(2, 9)]
    monday = next(day for day in mondays if day.weekday() == 0)
    return [
        SendTime("hour", "In 1 hour", now + timedelta(hours=1)),
        SendTime("tomorrow", "Tomorrow at 9:00", _morning(today + timedelta(days=1), zone)),
        SendTime("monday", f"Monday, {monday:%-d %B}, at 9:00", _morning(monday, zone)),
    ]


def _morning(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, _MORNING, zone)
