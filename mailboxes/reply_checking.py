"""Reply checks: a probe to each address that answers may go to, and a watch for it (SPEC M13)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Right

from mailboxes import outbox, probes
from mailboxes.composing import CompositionRefused
from mailboxes.models import Delivery, Mailbox, OutgoingMessage, ReplyCheck, ReplyProbe
from mailboxes.models.reply_checks import PROBE_PATIENCE
from mailboxes.reply_results import Outcome, addresses_to_prove, results_of
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import IncomingServer, OutgoingServer

STARTS_PER_HOUR = 10
WEEK = timedelta(days=7)
# A server whose slot of the week was missed, because the clock stood still, is still checked this much later.
MOST_LATE = timedelta(hours=8)
_SLOTS = 256
_SLOT = WEEK / _SLOTS
# What one tick of the clock does at most; the next one does the rest.
MOST_STARTS = 20
MOST_GIVEN_UP = 200


class CannotCheck(Exception):
    """No check can be started now; the text says why, for people."""


class TooManyChecks(CannotCheck):
    """This server was checked often enough within the hour."""


def obstacle_to(server: OutgoingServer) -> str:
    """Return why this server cannot be checked, in words for people; "" when it can."""
    mailbox = server.mailbox
    if not mailbox.is_active:
        return "The mailbox is not active, so nothing is sent or fetched. Activate it first."
    if not server.is_active:
        return "Sending through this server is switched off. Start it first."
    if server.paused_at is not None:
        return "Sending through this server is paused. Mend it and try it again first."
    incoming = IncomingServer.objects.filter(mailbox=mailbox).values_list("is_active", flat=True)
    if not incoming:
        return (
            "This mailbox only sends: nothing can arrive here, so there is nothing to watch for. "
            "Add an incoming server to have answers here and to check them."
        )
    if not any(incoming):
        return "Retrieval is switched off, so nothing arrives here. Start it first."
    return ""


def start(server: OutgoingServer, reason: ReplyCheck.Reason, *, now: datetime) -> ReplyCheck:
    """Send a probe to each address of the server and return the check; one that runs already is returned instead.

    Raises CannotCheck, and TooManyChecks after ten starts within the hour.
    """
    obstacle = obstacle_to(server)
    if obstacle:
        raise CannotCheck(obstacle)
    with transaction.atomic():
        # Who starts one holds the row of the server, so that of two clicks one finds the check of the other.
        locked = OutgoingServer.objects.select_for_update(of=("self",)).select_related("mailbox").get(pk=server.pk)
        running = ReplyCheck.objects.filter(outgoing_server=locked, finished_at=None).first()
        if running is not None:
            return running
        recent = ReplyCheck.objects.filter(outgoing_server=locked, started_at__gt=now - timedelta(hours=1))
        if recent.count() >= STARTS_PER_HOUR:
            raise TooManyChecks(
                f"This server was checked {STARTS_PER_HOUR} times within the hour. Try again a little later."
            )
        try:
            return _send_probes(locked, reason, now=now)
        except CompositionRefused as refused:
            raise CannotCheck(f"The probe cannot be written. {refused}") from refused


def check_unchecked(mailbox: Mailbox, *, now: datetime) -> None:
    """Check every outgoing server of the mailbox whose addresses were not checked yet, as far as that is possible."""
    servers = list(mailbox.outgoing_servers.select_related("mailbox"))
    results = results_of(servers, now=now)
    _start_where_possible([one for one in servers if results[one.pk].outcome == Outcome.UNCHECKED], now=now)


def check_changed(server: OutgoingServer, *, now: datetime) -> None:
    """Check a server anew, because its addresses or its host are others now; a check of the former ones ends."""
    former = ReplyProbe.objects.filter(check_run__outgoing_server=server, check_run__finished_at=None)
    for probe in former.filter(state=ReplyProbe.State.WAITING).select_related("check_run"):
        probe.fail("The server was changed meanwhile.", now=now)
    _start_where_possible([server], now=now)


def due_weekly(*, now: datetime) -> list[tuple[int, uuid.UUID]]:
    """Return tenant and id of servers whose weekly check is due, a bounded number. Runs under `unscoped`.

    The last octet of a server's id is random, and says in which of 256 slots of the week it has its turn.
    """
    checked = ReplyCheck.objects.filter(outgoing_server=OuterRef("pk"), started_at__gt=now - (WEEK - MOST_LATE))
    receiving = IncomingServer.objects.filter(mailbox=OuterRef("mailbox"), is_active=True)
    rows = (
        OutgoingServer.objects.sending()
        .annotate(slot=Right(Cast("pk", CharField()), 2))
        .filter(Exists(receiving), ~Exists(checked), slot__in=_slots_at(now))
        .order_by("pk")
    )
    return list(rows.values_list("tenant_id", "pk")[:MOST_STARTS])


def start_weekly(server_id: uuid.UUID, *, now: datetime) -> None:
    """Check a server unless it was checked within the week, whoever asked for it."""
    server = OutgoingServer.objects.select_related("mailbox").filter(pk=server_id).first()
    if server is None:
        return
    if ReplyCheck.objects.filter(outgoing_server=server, started_at__gt=now - (WEEK - MOST_LATE)).exists():
        return
    try:
        start(server, ReplyCheck.Reason.WEEKLY, now=now)
    except CannotCheck:
        return


def give_up_overdue(*, now: datetime) -> None:
    """Write down that probes did not arrive in time, and close their checks. Runs under `unscoped`."""
    overdue = ReplyCheck.objects.filter(finished_at=None, started_at__lte=now - PROBE_PATIENCE).order_by("started_at")
    for check in overdue[:MOST_GIVEN_UP]:
        with tenant_scope(check.tenant_id):
            for probe in check.probes.filter(state=ReplyProbe.State.WAITING).select_related("check_run"):
                if probe.waits_until <= now:
                    _give_up(probe, now=now)
            with transaction.atomic():
                ReplyCheck.objects.select_for_update().get(pk=check.pk).finish_if_settled(now=now)


def _start_where_possible(servers: Iterable[OutgoingServer], *, now: datetime) -> None:
    """Where it cannot be done, the page of the mailbox says so."""
    for server in servers:
        try:
            start(server, ReplyCheck.Reason.ADDED, now=now)
        except CannotCheck:
            continue


def _send_probes(server: OutgoingServer, reason: ReplyCheck.Reason, *, now: datetime) -> ReplyCheck:
    check = ReplyCheck.objects.create(
        tenant_id=server.tenant_id,
        mailbox_id=server.mailbox_id,
        outgoing_server=server,
        reason=reason,
        started_at=now,
    )
    for role, address in addresses_to_prove(server):
        token = probes.new_token()
        outgoing = outbox.submit(
            outbox.Submission(
                id=new_id(),
                server=server,
                composition=probes.composition(server, address, token, now=now),
                origin=OutgoingMessage.Origin.PROBE,
                # Whoever can show the token proves that they received it, so nobody here may read it.
                is_confidential=True,
            ),
            now=now,
        )
        ReplyProbe.objects.create(
            tenant_id=server.tenant_id,
            check_run=check,
            mailbox_id=server.mailbox_id,
            role=role,
            address=address,
            token=token,
            outgoing_message=outgoing,
        )
    return check


def _give_up(probe: ReplyProbe, *, now: datetime) -> None:
    delivery = Delivery.objects.filter(outgoing_message=probe.outgoing_message_id).first()
    if delivery is None:
        probe.fail("It was not sent.", now=now)
    elif delivery.state in Delivery.WAITING:
        words = delivery.reply_text or "It was not sent within 10 minutes."
        # A probe that leaves hours later would tell nobody anything.
        waiting = Delivery.objects.filter(pk=delivery.pk, state__in=Delivery.WAITING)
        if waiting.update(state=Delivery.State.FAILED, settled_at=now):
            probe.fail(words, now=now)
    elif delivery.state == Delivery.State.FAILED:
        probe.fail(delivery.reply_text, now=now)
    elif delivery.state == Delivery.State.SENT and probe.sent_at is None:
        # The worker died before it wrote this down; ten minutes count from here.
        ReplyProbe.objects.filter(pk=probe.pk, sent_at=None).update(sent_at=delivery.settled_at or now)
    elif delivery.state in Delivery.SETTLED:
        probe.miss("", now=now)


def _slots_at(now: datetime) -> list[str]:
    """Return the slots whose turn it is, or was within the last hours, as two hexadecimal digits."""
    elapsed = now - datetime(1970, 1, 1, tzinfo=UTC)
    current = elapsed // _SLOT
    return [f"{(current - back) % _SLOTS:02x}" for back in range(MOST_LATE // _SLOT + 1)]
