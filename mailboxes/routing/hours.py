"""Hours of the week in a time zone: when somebody is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Hours:
    """From `begins` to `ends` (exclusive) on these days, 0 for Monday. An end before it is on the next day."""

    days: tuple[int, ...]
    begins: time
    ends: time
    zone: str

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Read what `str` gives: `0,1,2,3,4 08:00 17:00 Europe/Berlin`. Raises ValueError."""
        days, begins, ends, zone = text.split(" ")
        numbers = tuple(sorted({int(one) for one in days.split(",")}))
        if not all(0 <= number < len(DAYS) for number in numbers):
            raise ValueError(f"no day of the week: {days}")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, OSError) as error:
            raise ValueError(f"no time zone: {zone}") from error
        return cls(numbers, time.fromisoformat(begins), time.fromisoformat(ends), zone)

    def __str__(self) -> str:
        return f"{','.join(map(str, self.days))} {self.begins:%H:%M} {self.ends:%H:%M} {self.zone}"

    def include(self, moment: datetime) -> bool:
        """Whether `moment` (aware) is within; the clock of the wall counts, also on days on which it is changed."""
        local = moment.astimezone(ZoneInfo(self.zone))
        now, day = local.time(), local.weekday()
        if self.begins < self.ends:
            return day in self.days and self.begins <= now < self.ends
        return (day in self.days and now >= self.begins) or ((day - 1) % 7 in self.days and now < self.ends)

    @property
    def words(self) -> str:
        """For people: `Mon, Tue 08:00 to 17:00 (Europe/Berlin)`."""
        days = ", ".join(DAYS[day][:3] for day in self.days)
        return f"{days} {self.begins:%H:%M} to {self.ends:%H:%M} ({self.zone})"
