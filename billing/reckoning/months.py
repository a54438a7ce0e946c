"""Months of an account's time zone, as invoices have them (SPEC B3). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Month:
    """A month of a calendar, on the clock of a time zone."""

    year: int
    number: int
    zone: str = "UTC"

    @classmethod
    def of(cls, moment: datetime, zone: str) -> Month:
        """Return the month in which a moment lies on the clock of this zone."""
        local = moment.astimezone(ZoneInfo(zone))
        return cls(local.year, local.month, zone)

    def __str__(self) -> str:
        return f"{self.first_day:%B %Y}"

    @property
    def name(self) -> str:
        """For instance "2026-03"."""
        return f"{self.year:04}-{self.number:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def day_count(self) -> int:
        return (self.next.first_day - self.first_day).days

    @property
    def next(self) -> Month:
        return Month(self.year + self.number // 12, self.number % 12 + 1, self.zone)

    @property
    def begins(self) -> datetime:
        """The first moment, in UTC."""
        return _midnight(self.first_day, self.zone)

    @property
    def ends(self) -> datetime:
        """The first moment after it, in UTC."""
        return self.next.begins

    def days(self) -> list[datetime]:
        """Return the first moment of each day, in UTC; days have 23 to 25 hours."""
        return [_midnight(self.first_day + timedelta(days=number), self.zone) for number in range(self.day_count)]


def _midnight(day: date, zone: str) -> datetime:
    """Return the first moment of a day in UTC; where a change of the clock leaves out midnight, the one after it."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
