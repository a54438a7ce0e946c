"""What was seen when somebody looked the sender of an outgoing server up, so that it is known elsewhere too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from servers.models import OutgoingServer
from servers.sender_health.checking import SenderHealth
from servers.sender_health.report import State


@dataclass(frozen=True)
class Remembered:
    """When it was looked up, and what was missing or amiss, in words; "" where nothing was."""

    at: datetime
    amiss: str


def remember(server: OutgoingServer, health: SenderHealth, *, now: datetime) -> None:
    """Keep when it was looked up and what was amiss, for the address and the host that it was looked up for."""
    bad = [one.title for one in health.checks if one.state in (State.MISSING, State.WARNING)]
    unseen = [one.title for one in health.checks if one.state == State.UNKNOWN]
    words = [f"{', '.join(bad)}: look at this"] * bool(bad) + [f"{', '.join(unseen)}: not known"] * bool(unseen)
    OutgoingServer.objects.filter(pk=server.pk).update(
        sender_seen_at=now, sender_seen_for=_sender_of(server), sender_amiss="; ".join(words)[:300]
    )


def remembered(server: OutgoingServer) -> Remembered | None:
    """Return what was seen last; None if nobody has looked, or not since its address or host was changed."""
    if server.sender_seen_at is None or server.sender_seen_for != _sender_of(server):
        return None
    return Remembered(server.sender_seen_at, server.sender_amiss)


def _sender_of(server: OutgoingServer) -> str:
    """Return what the answer depends on."""
    return f"{server.from_address} {server.mail_from} {server.host}".lower()
