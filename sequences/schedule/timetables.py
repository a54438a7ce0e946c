"""The hours in which a sequence sends, on the clock that they are read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sequences.models import Contact, Sequence
from sequences.schedule.rules import SendingRules, is_zone

if TYPE_CHECKING:
    from mailboxes.queue.working_hours import Week


@dataclass(frozen=True)
class Timetable:
    """Hours of the week as the clocks of `zone` show them, and days of that zone without any."""

    # For each day from Monday its intervals, such as ("09:00", "17:00"), in order; a day may end at "24:00".
    week: Week
    zone: ZoneInfo
    skip_dates: frozenset[date]


def timetable_of(sequence: Sequence, contact: Contact | None, rules: SendingRules) -> Timetable:
    """Return when the sequence may write to this contact; without a contact, on the account's clock.

    The contact's time zone counts where the sequence says so and somebody knows it, else the account's. Days that the
    account or the sequence skips are skipped.
    """
    week = tuple(tuple(sorted((opens, closes) for opens, closes in day)) for day in sequence.week)
    skipped = rules.skip_dates | {date.fromisoformat(one) for one in sequence.skip_dates}
    return Timetable(week=week, zone=_zone_for(sequence, contact, rules), skip_dates=skipped)


def _zone_for(sequence: Sequence, contact: Contact | None, rules: SendingRules) -> ZoneInfo:
    if contact is None or sequence.zone != Sequence.Zone.CONTACT or not is_zone(contact.time_zone):
        return rules.zone
    return ZoneInfo(contact.time_zone)
