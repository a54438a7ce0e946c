"""Limits as screens show them."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sequences.limits.quotas import Quotas
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Used:
    """What left today through the sign-in of a server, of sequences and other mail; `limit` is None for no limit."""

    by_sequences: int
    other: int
    limit: int | None

    @property
    def count(self) -> int:
        return self.by_sequences + self.other


def limits_of(server: OutgoingServer, *, now: datetime) -> list[str]:
    """Return in words what sequences may send through this server, the lowest of each kind; four queries."""
    quotas = Quotas.loaded(now=now)
    sign_in, mailbox = quotas.of_sign_in(server), quotas.of_mailbox(server)
    place = quotas.sign_in(server).place
    shared = quotas.sharing(server)
    with_whom = f", shared by {shared} servers with the same sign-in" if shared > 1 else ""
    ramp = ", while it is ramped up" if sign_in.is_ramping else ""
    named = [
        (sign_in.per_minute, f"a minute through {place}{with_whom}"),
        (sign_in.per_day, f"a day through {place}{with_whom}{ramp}"),
        (mailbox.per_minute, f"a minute from {server.mailbox.address}"),
        (mailbox.per_day, f"a day from {server.mailbox.address}{', while it is ramped up' * mailbox.is_ramping}"),
        (quotas.settings.domain_per_day, "a day to one domain"),
        (quotas.settings.per_day, "a day from this account"),
    ]
    return [f"{most:,} {words}" for most, words in named if most is not None]


def used_today(server_ids: Collection[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, Used]:
    """Return for each server what left today with its sign-in; five queries, whatever the number of servers."""
    quotas = Quotas.loaded(now=now)
    servers = [one for one in quotas.servers if one.pk in set(server_ids)]
    used = quotas.used_by_sign_in(servers)
    return {one.pk: Used(*used[quotas.sign_in(one).key], limit=quotas.of_sign_in(one).per_day) for one in servers}
