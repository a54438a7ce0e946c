"""The hours in which a sequence sends, on the clock that they are read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from sequences.models import Contact, SendingSettings, Sequence

if TYPE_CHECKING:
    from mailboxes.queue.working_hours import Week


@dataclass(frozen=True)
class Timetable:
    """Hours of the week as the clocks of `zone` show them, and days of that zone without any."""

    # For each day from Monday its intervals, such as ("09:00", "17:00"), in order; a day may end at "24:00".
    week: Week
    zone: ZoneInfo
    skip_dates: frozenset[date]


def timetable_of(sequence: Sequence, contact: Contact | None, settings: SendingSettings | None) -> Timetable:
    """Return when the sequence may write to this contact; without a contact, on the account's clock.

    The contact's time zone counts where the sequence says so and somebody knows it, else the account's. Days that the
    account or the sequence skips are skipped. `settings` is None for an account that has none: then the defaults hold.
    """
    settings = settings or SendingSettings()
    week = tuple(tuple(sorted((opens, closes) for opens, closes in day)) for day in sequence.week)
    skipped = frozenset(date.fromisoformat(one) for one in [*settings.skip_dates, *sequence.skip_dates])
    return Timetable(week=week, zone=_zone_for(sequence, contact, settings), skip_dates=skipped)


def zone_of(settings: SendingSettings | None) -> ZoneInfo:
    """Return the account's time zone, in which its days are counted; UTC where none is known."""
    name = settings.time_zone if settings is not None else ""
    return ZoneInfo(name) if name in _known_zones() else ZoneInfo("UTC")


def _zone_for(sequence: Sequence, contact: Contact | None, settings: SendingSettings) -> ZoneInfo:
    if contact is None or sequence.zone != Sequence.Zone.CONTACT or contact.time_zone not in _known_zones():
        return zone_of(settings)
    return ZoneInfo(contact.time_zone)


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())
