"""Alarms: mail does not move although nothing at the servers keeps it from moving, so the fault is ours (SPEC M17).

A server that fails says so itself, and is no alarm. Alarms are what would else stay silent:

- nothing is fetched: a server that works has been due for 15 minutes and nobody asked it (the workers are stopped,
  stuck or too few), or each poll for 15 minutes ended in an error of our own, such as one of storing;
- mail stays unsent: recipients have been due for 15 minutes at a server that does not fail, is not paused and has
  taken nothing meanwhile. One that works through a backlog raises none;
- the autoresponder or a routing rule wrote more than the loop guard allows, and was switched off.

An alarm is raised once, and clears itself as soon as its reason is gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from mailboxes.models import Alarm, Autoresponder, Delivery, OutgoingMessage, RoutingRule
from mailboxes.models.alarms import ALARM_AFTER
from servers.failures import FailureKind
from servers.models import IncomingServer

_NOT_ASKED = (
    "{host} has been due for more than 15 minutes and was not asked for mail. The workers that fetch mail are stopped "
    "or too few."
)
_OWN_ERROR = "Mail of {host} cannot be taken in: for more than 15 minutes each try ended in an error of our own."
_UNSENT = (
    "Mail to {count} has waited for more than 15 minutes although the server can be reached. The workers that send "
    "mail are stopped or too few."
)

_STOPPED = (
    "{what} was switched off, so that mail does not go round in a circle: {because} See to whom it wrote before you "
    "switch it on again."
)


@dataclass(frozen=True)
class Finding:
    """A reason for an alarm."""

    tenant_id: int
    mailbox_id: UUID
    kind: Alarm.Kind
    words: str

    @property
    def identity(self) -> tuple[UUID, str]:
        """What at most one open alarm has."""
        return self.mailbox_id, str(self.kind)


@dataclass(frozen=True)
class Changes:
    """What to do about the alarms: reasons that have none, and alarms that have no reason."""

    to_raise: tuple[Finding, ...]
    to_clear: tuple[Alarm, ...]


def look(*, now: datetime) -> Changes:
    """Raise and clear alarms of every tenant, in at most eight statements. Runs under `unscoped`."""
    changes = decide(findings(now=now), list(Alarm.objects.filter(cleared_at=None)))
    # Another process may look at this moment; at most one alarm of a kind is open.
    Alarm.objects.bulk_create(
        (
            Alarm(
                tenant_id=one.tenant_id, mailbox_id=one.mailbox_id, kind=one.kind, words=one.words[:600], raised_at=now
            )
            for one in changes.to_raise
        ),
        ignore_conflicts=True,
    )
    if changes.to_clear:
        cleared = Alarm.objects.filter(pk__in=[alarm.pk for alarm in changes.to_clear], cleared_at=None)
        cleared.update(cleared_at=now)
    return changes


def decide(found: Iterable[Finding], open_alarms: Sequence[Alarm]) -> Changes:
    """Compare what is wrong with what is known; the first of several reasons for one alarm speaks for it."""
    wanted: dict[tuple[UUID, str], Finding] = {}
    for one in found:
        wanted.setdefault(one.identity, one)
    known = {(alarm.mailbox_id, alarm.kind) for alarm in open_alarms}
    return Changes(
        to_raise=tuple(one for identity, one in wanted.items() if identity not in known),
        to_clear=tuple(alarm for alarm in open_alarms if (alarm.mailbox_id, alarm.kind) not in wanted),
    )


def findings(*, now: datetime) -> list[Finding]:
    """Return every reason for an alarm there is now."""
    return [*_not_asked(now), *_own_errors(now), *_unsent(now), *_stopped()]


def _not_asked(now: datetime) -> list[Finding]:
    return _of_servers(Q(failure_count=0, next_poll_at__lte=now - ALARM_AFTER), _NOT_ASKED)


def _own_errors(now: datetime) -> list[Finding]:
    lasting = Q(last_failure_kind=FailureKind.INTERNAL, failing_since__lte=now - ALARM_AFTER)
    return _of_servers(lasting, _OWN_ERROR)


def _of_servers(reason: Q, words: str) -> list[Finding]:
    rows = IncomingServer.objects.polled().filter(reason).order_by("-is_primary", "created_at")
    return [
        Finding(tenant_id, mailbox_id, Alarm.Kind.NOTHING_FETCHED, words.format(host=host))
        for tenant_id, mailbox_id, host in rows.values_list("tenant_id", "mailbox_id", "host")
    ]


def _unsent(now: datetime) -> list[Finding]:
    since = now - ALARM_AFTER
    may_send = Q(server__is_active=True, server__paused_at=None, server__mailbox__is_active=True)
    is_idle = Q(server__failure_count=0) & ~Q(server__last_success_at__gt=since) & ~Q(server__not_before__gt=since)
    # A probe that is not sent is the result of its check, and mail of nobody.
    is_no_probe = ~Q(outgoing_message__origin=OutgoingMessage.Origin.PROBE)
    rows = Delivery.objects.due(since).filter(may_send, is_idle, is_no_probe).order_by()
    counts = rows.values_list("tenant_id", "server__mailbox_id").annotate(Count("pk"))
    return [
        Finding(tenant_id, mailbox_id, Alarm.Kind.SENDS_UNSENT, _UNSENT.format(count=_recipients(count)))
        for tenant_id, mailbox_id, count in counts
    ]


def _stopped() -> list[Finding]:
    """What the loop guard switched off, until a person switches it on again."""
    is_stopped = Q(stopped_at__isnull=False, mailbox__deleted_at=None)
    answers = Autoresponder.objects.filter(is_stopped).values_list("tenant_id", "mailbox_id", "stopped_because")
    rules = RoutingRule.objects.filter(is_stopped).order_by("stopped_at")
    found = [(*row, "The autoresponder") for row in answers]
    found += [
        (tenant_id, mailbox_id, because, f"The rule “{name}”")
        for tenant_id, mailbox_id, because, name in rules.values_list(
            "tenant_id", "mailbox_id", "stopped_because", "name"
        )
    ]
    return [
        Finding(tenant_id, mailbox_id, Alarm.Kind.ANSWERS_STOPPED, _STOPPED.format(what=what, because=because))
        for tenant_id, mailbox_id, because, what in found
    ]


def _recipients(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count:,} recipients"
