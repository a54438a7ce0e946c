"""The days that a report is about, on the clock of the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Nobody used it before; a wider range would only cost time.
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    """From one day to another, both included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.first, time.min, tzinfo=self.zone)

    @property
    def ends_at(self) -> datetime:
        """The moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, tzinfo=self.zone)

    @property
    def day_count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range(self.day_count))

    @property
    def words(self) -> str:
        """For instance "from 3 Mar 2026 to 9 Mar 2026", or "on" a single day."""
        if self.first == self.last:
            return f"on {written_day(self.first)}"
        return f"from {written_day(self.first)} to {written_day(self.last)}"


def last_days(count: int, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the last so many days, today included."""
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=count - 1), today, zone)


def since(moment: datetime, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the days from that of a moment until today."""
    return between(moment.astimezone(zone).date(), now.astimezone(zone).date(), now=now, zone=zone)


def between(first: date, last: date, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the days from one to another, as far as they can hold something: none of them lies ahead."""
    today = now.astimezone(zone).date()
    last = min(max(last, EARLIEST), today)
    return Period(min(max(first, EARLIEST), last), last, zone)


def written_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
