"""From what a clock on the wall shows to the moment that is meant, also on days on which clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailboxes.queue.working_hours import change_within


def moment_of(shown: datetime, zone: ZoneInfo) -> datetime:
    """Return in UTC when the clocks of the zone show this date and time, given without a zone.

    What they show twice is the first of both; what they leave out is the first moment after.
    """
    first = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == shown.replace(fold=0):
        return first
    # Left out: read with the offset from after the change it lies before it, and the other way round (PEP 495).
    before = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return change_within(before, first, zone)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return in UTC the first moment of a day of the zone; of a day that its calendar left out, that of the next."""
    return moment_of(datetime.combine(day, time.min), zone)


def next_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """Return in UTC the first moment of the day after the one on which `at` lies in the zone."""
    return start_of(at.astimezone(zone).date() + timedelta(days=1), zone)
