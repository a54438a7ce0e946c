"""Limits as screens show them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
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

    @property
    def share(self) -> int:
        """How much of the limit is used up, in percent; 0 without one."""
        if self.limit is None:
            return 0
        return min(100, self.count * 100 // self.limit) if self.limit else 100


@dataclass(frozen=True)
class Standing:
    """What limits an outgoing server, in words, and what left with its sign-in today."""

    server: OutgoingServer
    words: tuple[str, ...]
    used: Used


def limits_of(server: OutgoingServer, *, now: datetime) -> list[str]:
    """Return in words what sequences may send through this server, the lowest of each kind; four queries."""
    return in_words(server, Quotas.loaded(now=now))


def standings_of(servers: Iterable[OutgoingServer], *, now: datetime) -> list[Standing]:
    """Return how it stands with each of these, which come with their mailbox; five queries, however many they are."""
    quotas, listed = Quotas.loaded(now=now), list(servers)
    used = quotas.used_by_sign_in(listed)
    return [
        Standing(
            server=one,
            words=tuple(in_words(one, quotas)),
            used=Used(*used[quotas.sign_in(one).key], limit=quotas.of_sign_in(one).per_day),
        )
        for one in listed
    ]


def in_words(server: OutgoingServer, quotas: Quotas) -> list[str]:
    """Return in words what limits a server that comes with its mailbox."""
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
        (quotas.rules.domain_per_day, "a day to one domain"),
        (quotas.rules.per_day, "a day from this account"),
    ]
    return [f"{most:,} {words}" for most, words in named if most is not None]


def used_today(server_ids: Collection[uuid.UUID], *, now: datetime) -> dict[uuid.UUID, Used]:
    """Return for each server what left today with its sign-in; five queries, whatever the number of servers."""
    quotas = Quotas.loaded(now=now)
    servers = [one for one in quotas.servers if one.pk in set(server_ids)]
    used = quotas.used_by_sign_in(servers)
    return {one.pk: Used(*used[quotas.sign_in(one).key], limit=quotas.of_sign_in(one).per_day) for one in servers}
