"""What is wrong with a server, in words for people: on screens and in mail (SPEC M17)."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from mailhub.lib import times
from servers.failures import Operation
from servers.models import IncomingServer, OutgoingServer
from servers.standing import PLAN_LACKS_IT, Health, PauseReason

# What went wrong, with the host in it: "Sign-in refused by imap.acme.example".
_FAILED: dict[str, str] = {
    Operation.RESOLVE: "The name {host} cannot be looked up",
    Operation.CONNECT: "No connection to {host}",
    Operation.TLS: "No encrypted connection to {host}",
    Operation.GREETING: "No greeting from {host}",
    Operation.TOKEN: "No access token for {host}",
    Operation.SIGN_IN: "No sign-in to {host}",
    Operation.OPEN_FOLDER: "The folder on {host} does not open",
    Operation.LIST: "Messages on {host} cannot be listed",
    Operation.FETCH: "Messages on {host} cannot be fetched",
    Operation.REMOVE: "Messages on {host} cannot be removed",
    Operation.APPEND: "{host} does not keep the copy for Sent",
    Operation.MAIL_FROM: "{host} refuses the sender",
    Operation.RCPT_TO: "{host} refuses a recipient",
    Operation.DATA: "{host} does not take the message",
    Operation.FINAL_DOT: "{host} did not confirm a message",
}
_PAUSED: dict[str, str] = {
    PauseReason.SIGN_IN_REFUSED: "{host} refused the sign-in for three days, so it is asked no more",
    PauseReason.CERTIFICATE: "The certificate of {host} was valid and is not any more, so it is asked no more",
    PauseReason.PLAN: PLAN_LACKS_IT.rstrip("."),
}
_LIFTED_BY: dict[str, str] = {
    PauseReason.SIGN_IN_REFUSED: "Enter the password again.",
    PauseReason.CERTIFICATE: "Ask its administrator, and try again once the certificate is renewed.",
    PauseReason.PLAN: "It goes on with a plan that includes it. Its encryption is not switched off.",
}


@dataclass(frozen=True)
class Trouble:
    """What is wrong, since when, the server's own words, what to do, and when it is tried next (None: not at all)."""

    summary: str
    since: datetime | None
    quote: str
    advice: str
    next_try_at: datetime | None

    def sentences(self, *, now: datetime, zone: tzinfo) -> str:
        """Return all of it in one line; times are those of `zone`."""
        began = f" since {times.clock_time(self.since, now=now, zone=zone)}" if self.since else ""
        words = [f"{self.summary}{began}: {_ended(self.quote)}" if self.quote else f"{self.summary}{began}."]
        if self.next_try_at is not None:
            is_ahead = self.next_try_at > now
            next_try = times.clock_time(self.next_try_at, now=now, zone=zone)
            words.append(f"Next try {next_try}." if is_ahead else "It is tried again at once.")
        return " ".join([*words, self.advice]).strip()


def explain(server: IncomingServer | OutgoingServer) -> Trouble:
    """Put into words what is wrong with a server that fails or is paused."""
    is_paused = server.health == Health.PAUSED
    is_by_plan = is_paused and server.pause_reason == PauseReason.PLAN
    return Trouble(
        summary=_summary(server),
        since=server.failed_since,
        quote="" if is_by_plan else server.last_failure,
        advice=_LIFTED_BY[PauseReason(server.pause_reason)] if is_paused else server.last_failure_advice,
        next_try_at=None if is_paused else server.next_try_at,
    )


def host_of(server: IncomingServer | OutgoingServer) -> str:
    """Return the name that people know the server by."""
    return server.host or "the platform's server"


def _summary(server: IncomingServer | OutgoingServer) -> str:
    if server.health == Health.PAUSED:
        words = _PAUSED[PauseReason(server.pause_reason)]
    elif server.health == Health.REFUSED:
        words = "Sign-in refused by {host}"
    else:
        words = _FAILED.get(server.last_failure_operation, "{host} cannot be used")
    summary = words.format(host=host_of(server))
    # A host keeps its small letter, a sentence does not.
    return summary if server.host else summary[:1].upper() + summary[1:]


def _ended(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."
