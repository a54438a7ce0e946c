"""When can it send, and how long does it take?"""

from __future__ import annotations

from collections.abc import Sequence as Listed
from datetime import datetime, timedelta

from sequences.models import Sequence
from sequences.schedule import next_open, timetable_of
from sequences.schedule.forecasting import DayForecast
from sequences.schedule.rules import SendingRules
from sequences.starting.people import Waiting
from sequences.starting.verdicts import Check, Fix, ok, refused, warning

_HOURS = "Hours"
_LIMITS = "Limits"
# Within it there should be an hour in which it sends.
SOON = timedelta(days=14)


def check_hours(sequence: Sequence, rules: SendingRules, *, now: datetime) -> list[Check]:
    """Is there an hour in which it sends? On the account's clock; that of a contact is at most a day away."""
    fix = Fix("sequences:sequence-schedule", (sequence.pk,), "Set the hours")
    timetable = timetable_of(sequence, None, rules)
    opened = next_open(now, timetable)
    if opened is None:
        return [refused(_HOURS, "It has no hours in which it sends.", fix)]
    local = opened.at.astimezone(timetable.zone)
    moment = f"{local:%A}, {local.day} {local:%B} at {local.hour}:{local:%M} in {timetable.zone}"
    if opened.at > now + SOON:
        return [warning(_HOURS, f"Nothing leaves in the next 14 days: the hours begin on {moment}.", fix)]
    return [ok(_HOURS, f"It sends next on {moment}." if opened.at > now else "It can send at once.")]


def check_limits(sequence: Sequence, waiting: Waiting, days: Listed[DayForecast]) -> list[Check]:
    """How much may leave, and when has everybody got the first mail?"""
    fix = Fix("sequences:sequence-schedule", (sequence.pk,), "See the forecast")
    may_leave = [one for one in days if one.limit is None or one.limit > 0]
    if not may_leave:
        return [warning(_LIMITS, "Nothing may leave in the next 14 days: see its hours and limits.", fix)]
    expected = sum(one.expected for one in days)
    if not waiting.total:
        return [ok(_LIMITS, _most_a_day(may_leave))]
    if not expected:
        return [warning(_LIMITS, "Nothing is expected to leave in the next 14 days: see its limits.", fix)]
    words = f"{expected:,} mail{'' if expected == 1 else 's'} are expected to leave in the next 14 days."
    done_after = _days_for_first_mails(sequence, waiting, days)
    if done_after is None:
        whom = f"{waiting.new:,} contacts wait for their first mail, and not all of them get it by then."
        return [warning(_LIMITS, f"{words} {whom}", fix)]
    return [ok(_LIMITS, f"{words} {_most_a_day(may_leave)}{_first_mails(waiting, done_after)}")]


def _days_for_first_mails(sequence: Sequence, waiting: Waiting, days: Listed[DayForecast]) -> int | None:
    """Return after how many days everybody can have the first mail; None for later than the forecast goes."""
    left = waiting.new
    for number, one in enumerate(days):
        rooms = [room for room in (one.limit, sequence.new_per_day) if room is not None]
        left -= min(rooms, default=left) if one.limit != 0 else 0
        if left <= 0:
            return number + 1
    return None


def _most_a_day(days: Listed[DayForecast]) -> str:
    limits = [one.limit for one in days if one.limit is not None]
    return f"Up to {max(limits):,} may leave on a day." if limits else "No limit holds it up."


def _first_mails(waiting: Waiting, done_after: int) -> str:
    if not waiting.new:
        return ""
    within = "today" if done_after == 1 else f"within {done_after} days"
    return f" The first mails can all leave {within}."
