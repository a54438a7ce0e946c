"""What limits are counted by: days of the account's time zone, and minutes of UTC. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sequences.schedule import wall_clock


@dataclass(frozen=True)
class Period:
    """One day or one minute, under the name that `SendingCount.period` has for it; `ends_at` is no part of it."""

    name: str
    starts_at: datetime
    ends_at: datetime


def day_of(at: datetime, zone: ZoneInfo) -> Period:
    """Return the day of the zone on which `at` lies; on days on which clocks are changed it has 23 or 25 hours."""
    on = at.astimezone(zone).date()
    return Period(on.isoformat(), wall_clock.start_of(on, zone), wall_clock.start_of(on + timedelta(days=1), zone))


def minute_of(at: datetime) -> Period:
    starts_at = at.astimezone(UTC).replace(second=0, microsecond=0)
    return Period(f"{starts_at:%Y-%m-%dT%H:%MZ}", starts_at, starts_at + timedelta(minutes=1))


def date_of(period: Period) -> date:
    """Return the date of a period that is a day."""
    return date.fromisoformat(period.name)
