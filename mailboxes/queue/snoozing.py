"""Until when one puts a conversation off, in the words and the time zone of the person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

MORNING = time(9)
# "Later today" is so much later, and not later than this: then there is no today left.
LATER = timedelta(hours=3)
LATEST = time(22)


@dataclass(frozen=True)
class Choice:
    """A time that is offered under a name."""

    key: str
    label: str
    until: datetime

    @property
    def words(self) -> str:
        """Return for instance "Mon 9 Mar, 09:00", in the time zone of the person."""
        return f"{self.until:%a} {self.until.day} {self.until:%b, %H:%M}"


def choices(now: datetime, zone: tzinfo) -> list[Choice]:
    """Return the times that are offered at `now`."""
    local = now.astimezone(zone)
    named = [
        Choice("tomorrow", "Tomorrow", _morning(local, days=1)),
        Choice("monday", "Next Monday", _morning(local, days=7 - local.weekday())),
        Choice("week", "In a week", _morning(local, days=7)),
    ]
    # On Sunday tomorrow is Monday, and on Monday the next one is in a week: the first name says enough.
    found = [one for place, one in enumerate(named) if one.until not in [other.until for other in named[:place]]]
    later = (local + LATER).replace(minute=0, second=0, microsecond=0)
    if later.date() == local.date() and later.time() <= LATEST:
        found.insert(0, Choice("later", "Later today", later))
    return found


def _morning(local: datetime, *, days: int) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), MORNING, tzinfo=local.tzinfo)
