"""What a reply check found out, for people and for whoever sends next (SPEC M13)."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import OuterRef, Prefetch, Q, Subquery, TextChoices

from mailboxes.addresses import normalise
from mailboxes.models import ReplyCheck, ReplyProbe
from servers.models import FolderRole, OutgoingServer

_State = ReplyProbe.State


class Outcome(TextChoices):
    """What stands beside an outgoing server."""

    ARRIVED = "arrived", "Answers arrive"
    MISSING = "missing", "Did not arrive"
    NOT_SENT = "not_sent", "Could not be sent"
    RUNNING = "running", "Running"
    UNCHECKED = "unchecked", "Not yet checked"


@dataclass(frozen=True)
class Result:
    """The outcome of the newest check of a server; `probes` are in the order From, Reply-To, bounce address."""

    outcome: Outcome
    check: ReplyCheck | None = None
    probes: tuple[ReplyProbe, ...] = ()
    # Whether the newest check that is finished saw mail to the From address arrive; set by `results_of`.
    is_proven: bool = False

    @property
    def has_failed(self) -> bool:
        """Whether a sequence warns before it sends through this server."""
        return self.outcome in (Outcome.MISSING, Outcome.NOT_SENT)

    @property
    def at(self) -> datetime | None:
        """When this was known; None before the first check and while one runs."""
        return self.check.finished_at if self.check is not None else None

    @property
    def seconds(self) -> int | None:
        """How long the slowest probe took to arrive; None unless all did."""
        if self.outcome != Outcome.ARRIVED:
            return None
        return max((seconds_of(probe) or 0 for probe in self.probes), default=0)

    @property
    def is_in_junk(self) -> bool:
        return any(probe.folder_role == FolderRole.JUNK for probe in self.probes)

    @property
    def words(self) -> str:
        """Why it failed: the server's words, else what was waited for; "" if it did not fail."""
        if not self.has_failed:
            return ""
        troubled = [probe for probe in self.probes if probe.state in (_State.MISSING, _State.NOT_SENT)]
        return next((probe.words for probe in troubled if probe.words), NOTHING_ARRIVED)


NOTHING_ARRIVED = "Nothing arrived within 10 minutes."


def result_of(server: OutgoingServer, check: ReplyCheck | None, *, now: datetime) -> Result:
    """Judge a check with its probes. One of other addresses than the server has now says nothing about it."""
    if check is None:
        return Result(Outcome.UNCHECKED)
    probes = tuple(sorted(check.probes.all(), key=lambda probe: _ROLES.index(probe.role)))
    if {normalise(probe.address) for probe in probes} != {normalise(one) for _role, one in addresses_to_prove(server)}:
        return Result(Outcome.UNCHECKED)
    states = {_state_at(probe, now) for probe in probes}
    if _State.WAITING in states:
        return Result(Outcome.RUNNING, check, probes)
    if _State.NOT_SENT in states:
        return Result(Outcome.NOT_SENT, check, probes)
    return Result(Outcome.MISSING if _State.MISSING in states else Outcome.ARRIVED, check, probes)


def addresses_to_prove(server: OutgoingServer) -> list[tuple[ReplyProbe.Role, str]]:
    """Return each address that answers or reports may go to, once, with the first role that it has."""
    named = [
        (ReplyProbe.Role.FROM, server.from_address),
        (ReplyProbe.Role.REPLY_TO, server.reply_to),
        (ReplyProbe.Role.ENVELOPE_FROM, server.envelope_from),
    ]
    found: dict[str, tuple[ReplyProbe.Role, str]] = {}
    for role, address in named:
        if address:
            found.setdefault(normalise(address), (role, address))
    return list(found.values())


def results_of(servers: Sequence[OutgoingServer], *, now: datetime) -> dict[uuid.UUID, Result]:
    """Return the result of each server, in two queries however many they are."""
    checks = _newest_by_server(servers)
    return {
        server.pk: replace(
            result_of(server, next(iter(checks[server.pk]), None), now=now),
            is_proven=_proves_from(server, checks[server.pk]),
        )
        for server in servers
    }


def worst_of(results: Iterable[Result]) -> Result:
    """Return the one that people should see first: what failed, then what runs or is not known yet."""
    return min(results, key=lambda result: _FIRST_SEEN.index(result.outcome), default=Result(Outcome.UNCHECKED))


def is_proven(server: OutgoingServer) -> bool:
    """Whether the newest finished check saw mail to the From address arrive here: then it may be claimed (SPEC M12)."""
    return _proves_from(server, _newest_by_server([server])[server.pk])


def seconds_of(probe: ReplyProbe) -> int | None:
    """Return how long an arrived probe took; None for any other."""
    if probe.arrived_at is None:
        return None
    sent_at = probe.sent_at or probe.check_run.started_at
    return max(0, round((probe.arrived_at - sent_at).total_seconds()))


def _state_at(probe: ReplyProbe, now: datetime) -> str:
    """A probe that waited too long is missing, even before the clock comes by and writes it down."""
    return _State.MISSING if probe.state == _State.WAITING and probe.waits_until <= now else probe.state


def _proves_from(server: OutgoingServer, checks: Sequence[ReplyCheck]) -> bool:
    finished = next((check for check in checks if check.finished_at is not None), None)
    if finished is None:
        return False
    own = normalise(server.from_address)
    return any(probe.state == _State.ARRIVED and normalise(probe.address) == own for probe in finished.probes.all())


def _newest_by_server(servers: Sequence[OutgoingServer]) -> defaultdict[uuid.UUID, list[ReplyCheck]]:
    """Return the newest check of each server and, after it, the newest finished one, with their probes."""
    of_server = ReplyCheck.objects.filter(outgoing_server=OuterRef("outgoing_server")).order_by("-started_at", "-id")
    newest = Subquery(of_server.values("pk")[:1])
    newest_finished = Subquery(of_server.exclude(finished_at=None).values("pk")[:1])
    rows = ReplyCheck.objects.filter(
        Q(pk=newest) | Q(pk=newest_finished), outgoing_server__in=[server.pk for server in servers]
    )
    probes = ReplyProbe.objects.select_related("check_run", "arrived_through")
    found: defaultdict[uuid.UUID, list[ReplyCheck]] = defaultdict(list)
    for check in rows.prefetch_related(Prefetch("probes", probes)).order_by("-started_at", "-id"):
        found[check.outgoing_server_id].append(check)
    return found


_ROLES = list(ReplyProbe.Role.values)
_FIRST_SEEN = (Outcome.NOT_SENT, Outcome.MISSING, Outcome.RUNNING, Outcome.UNCHECKED, Outcome.ARRIVED)
