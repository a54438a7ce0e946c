"""The states that the screens know, and how a server maps to them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailhub.lib import times
from servers.explaining import Trouble, explain
from servers.models import IncomingServer, OutgoingServer
from servers.standing import Health, PauseReason

# Colour means state only, and never stands alone: an icon and a word go with it.
STATE_ICONS = {
    "works": "circle-check",
    "waits": "clock",
    "needs": "alert-triangle",
    "news": "sparkles",
    "off": "circle-off",
    "neutral": "point",
}

_KINDS = {
    Health.WORKING: "works",
    Health.RETRYING: "waits",
    Health.REFUSED: "needs",
    Health.FAILING: "needs",
    Health.PAUSED: "needs",
    Health.NEW: "news",
    Health.OFF: "off",
}


@dataclass(frozen=True)
class State:
    """How a server is doing: a kind (see STATE_ICONS), a word for it, and the reason in one line.

    `trouble` has the parts of that reason where something is wrong.
    """

    kind: str
    word: str
    reason: str
    trouble: Trouble | None = None
    needs_someone: bool = False
    may_try_again: bool = False


def state_of(server: IncomingServer | OutgoingServer, *, now: datetime, zone: tzinfo) -> State:
    """Say how a server is doing, why, since when, and what comes next."""
    if server.is_failing:
        return _troubled(server, now=now, zone=zone)
    return State(kind=_KINDS[server.health], word=server.health.label, reason=_reason(server, zone))


def _troubled(server: IncomingServer | OutgoingServer, *, now: datetime, zone: tzinfo) -> State:
    trouble, needs_someone = explain(server), server.needs_someone(now)
    return State(
        kind="needs" if needs_someone else _KINDS[server.health],
        word=server.health.label,
        reason=trouble.sentences(now=now, zone=zone),
        trouble=trouble,
        needs_someone=needs_someone,
        may_try_again=server.pause_reason != PauseReason.PLAN,
    )


def _reason(server: IncomingServer | OutgoingServer, zone: tzinfo) -> str:
    if server.health == Health.WORKING and server.last_success_at is not None:
        return f"Worked {times.exact(server.last_success_at, zone)}."
    return "Switched off." if server.health == Health.OFF else "Nothing was fetched or sent yet."
