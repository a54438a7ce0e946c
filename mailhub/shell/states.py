"""The states that the screens know, and how a server maps to them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailhub.lib import times
from servers.models import IncomingServer, OutgoingServer
from servers.models.health import Health

# Colour means state only, and never stands alone: an icon and a word go with it.
STATE_ICONS = {
    "works": "circle-check",
    "waits": "clock",
    "needs": "alert-triangle",
    "news": "sparkles",
    "off": "circle-off",
    "neutral": "point",
}

_KINDS = {Health.WORKING: "works", Health.FAILING: "needs", Health.NEW: "news", Health.OFF: "off"}


@dataclass(frozen=True)
class State:
    """A kind (see STATE_ICONS), a word for it, and the reason in a sentence or two ("" where there is none)."""

    kind: str
    word: str
    reason: str


def state_of(server: IncomingServer | OutgoingServer, *, zone: tzinfo) -> State:
    """Say how a server is doing, why, and what comes next."""
    kind = _KINDS[server.health]
    return State(kind=kind, word=server.health.label, reason=_reason(server, zone))


def _reason(server: IncomingServer | OutgoingServer, zone: tzinfo) -> str:
    if server.health == Health.FAILING:
        next_try = _next_try_at(server)
        words = [server.last_failure]
        if server.last_failure_at is not None:
            words.append(f"Last tried {times.exact(server.last_failure_at, zone)}.")
        if next_try is not None:
            words.append(f"Next try {times.exact(next_try, zone)}.")
        return " ".join(filter(None, words))
    if server.health == Health.WORKING and server.last_success_at is not None:
        return f"Worked {times.exact(server.last_success_at, zone)}."
    return "Switched off." if server.health == Health.OFF else "Nothing was fetched or sent yet."


def _next_try_at(server: IncomingServer | OutgoingServer) -> datetime | None:
    return server.next_poll_at if isinstance(server, IncomingServer) else server.not_before
