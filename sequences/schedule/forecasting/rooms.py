"""How much may leave on each day of a forecast."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date

from sequences.limits.allowances import Limits
from sequences.limits.quotas import Quotas
from sequences.models import SendingCount, Sequence
from sequences.schedule.forecasting.calendars import Stretch, minutes_in
from sequences.schedule.forecasting.simulating import Room, Scope
from servers.models import OutgoingServer

_ACCOUNT: Scope = ("account", "")
_DOMAINS: Scope = ("domains", "")

Hours = Mapping[uuid.UUID, list[list[Stretch]]]


def scopes_of(servers: Collection[OutgoingServer], quotas: Quotas) -> dict[uuid.UUID, tuple[Scope, ...]]:
    """Return what the mail of each server counts in."""
    return {
        one.pk: (("sign_in", quotas.sign_in(one).key), ("mailbox", one.mailbox_id), _ACCOUNT, _DOMAINS)
        for one in servers
    }


def rooms_on(
    dates: list[date],
    quotas: Quotas,
    servers: Collection[OutgoingServer],
    sequences: Collection[Sequence],
    hours: Hours,
    domains: int | None,
) -> list[Room]:
    """Return how much may leave on each day, on the first one without what has left already; five queries."""
    used = quotas.used_by_sign_in(servers)
    of_mailboxes = quotas.counts(SendingCount.Scope.MAILBOX, {str(one.mailbox_id) for one in servers})
    of_account = quotas.counts(SendingCount.Scope.ACCOUNT, [""])
    of_sequences = quotas.counts(SendingCount.Scope.SEQUENCE, {str(one.pk) for one in sequences})
    rooms = []
    for day, on in enumerate(dates):
        minutes = max((minutes_in(one[day]) for one in hours.values()), default=0)
        found: dict[Scope, int | None] = {_ACCOUNT: quotas.rules.per_day, _DOMAINS: domains}
        for server in servers:
            found[("sign_in", quotas.sign_in(server).key)] = _lower(quotas.of_sign_in(server, on), minutes)
            found[("mailbox", server.mailbox_id)] = _lower(quotas.of_mailbox(server, on), minutes)
        for sequence in sequences:
            found[("sequence", sequence.pk)] = sequence.new_per_day
        rooms.append({scope: most for scope, most in found.items() if most is not None})
    _take_off(rooms[0], {("sign_in", key): sum(both) for key, both in used.items()})
    _take_off(rooms[0], {("mailbox", uuid.UUID(key)): count for key, count in of_mailboxes.items()})
    _take_off(rooms[0], {_ACCOUNT: of_account.get("", 0)})
    _take_off(rooms[0], {("sequence", uuid.UUID(key)): count for key, count in of_sequences.items()})
    return rooms


def _lower(limits: Limits, minutes: int) -> int | None:
    by_minute = None if limits.per_minute is None else limits.per_minute * minutes
    return min((one for one in (limits.per_day, by_minute) if one is not None), default=None)


def _take_off(room: Room, used: Mapping[Scope, int]) -> None:
    for scope, count in used.items():
        if scope in room:
            room[scope] = max(0, room[scope] - count)
