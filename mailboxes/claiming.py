"""Who may hand over which delivery: claims, the mark before the final dot, and what a dead worker leaves behind.

queued → claimed(token, lease) → dot_pending → sent | deferred | failed | uncertain (SECURITY section 4). Every step is
a conditional write, so that of two workers one gets it; leases run on the database's clock.
"""

import uuid
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from mailboxes import leaving, platform_sending, settling
from mailboxes.models import Delivery, DeliveryAttempt, OutgoingMessage
from mailboxes.models.deliveries import CLAIM_LEASE, DOT_LEASE
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from servers.models.outgoing import Transport

_State = Delivery.State

# Providers allow two or three connections at once; two keep one slow recipient from stopping all others.
MOST_SENDING = 2
MOST_CONNECTED = 4
# A message whose sending stops the worker each time is not sent for ever.
MOST_DEATHS = 10


def claim(server: OutgoingServer, run: uuid.UUID, *, now: datetime, limit: int) -> list[DeliveryAttempt]:
    """Claim what is due for this server, at most `limit` messages; each attempt carries the recipients it won.

    Through the platform's server, what is above the allowance of the day is put off instead.
    """
    most = limit * 10
    if server.transport != Transport.PLATFORM:
        return _claim(server, run, now=now, limit=limit, most=most)
    with platform_sending.allowance(server.tenant, now=now) as allowed:
        if allowed.is_used_up:
            platform_sending.put_off(server, allowed.limit, now=now)
            return []
        return _claim(server, run, now=now, limit=limit, most=min(most, allowed.room))


def _claim(server: OutgoingServer, run: uuid.UUID, *, now: datetime, limit: int, most: int) -> list[DeliveryAttempt]:
    # It may have been switched off, or its mailbox deleted, since the run began.
    may_send = OutgoingServer.objects.sending().filter(pk=server.pk)
    due = Delivery.objects.filter(server=server, server__in=may_send).due(now).order_by("not_before", "id")
    # What came too late must not stand before what is in time.
    due = due.exclude(outgoing_message__leave_by__lte=now).not_held_by_invoice()
    by_message: defaultdict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for delivery in due[:most]:
        by_message[delivery.outgoing_message_id].append(delivery)
    for message_id in leaving.stop_unauthorised(by_message, now=now):
        del by_message[message_id]
    attempts = []
    for message_id, deliveries in list(by_message.items())[:limit]:
        attempt = _claim_message(server, run, message_id, deliveries, now=now)
        if attempt is not None:
            attempts.append(attempt)
    return attempts


def _claim_message(
    server: OutgoingServer, run: uuid.UUID, message_id: uuid.UUID, deliveries: list[Delivery], *, now: datetime
) -> DeliveryAttempt | None:
    attempt = DeliveryAttempt(
        tenant_id=server.tenant_id,
        outgoing_message_id=message_id,
        server=server,
        run=run,
        lease_until=Now() + CLAIM_LEASE,
        started_at=now,
    )
    # Whatever moved its recipients up: what was meant for later is not handed over before, nor too late.
    in_time = Q(send_at=None) | Q(send_at__lte=now), Q(leave_by=None) | Q(leave_by__gt=now)
    may_leave = OutgoingMessage.objects.filter(*in_time, pk=message_id)
    due = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], outgoing_message__in=may_leave).due(now)
    with transaction.atomic():
        # Locked before the attempt names the message: whoever takes the message back comes before, or not at all.
        mine = [one.pk for one in due.select_for_update(of=("self",)).order_by("pk")]
        if not mine:
            return None  # Another worker got there first, or somebody took it back.
        attempt.save(force_insert=True)
        Delivery.objects.filter(pk__in=mine).update(state=_State.CLAIMED, attempt=attempt)
    return DeliveryAttempt.objects.select_related("outgoing_message", "server").get(pk=attempt.pk)


def may_run(server: OutgoingServer) -> bool:
    """Whether one more worker may connect to this server now.

    A run that waits for the reply to its dot (or died there) holds a connection, but must not stop the others.
    """
    live = DeliveryAttempt.objects.live().filter(server=server).values_list("run", "state").distinct()
    sending = {run for run, state in live if state == DeliveryAttempt.State.CLAIMED}
    return len(sending) < MOST_SENDING and len({run for run, _state in live}) < MOST_CONNECTED


def begin(attempt: DeliveryAttempt, *, octets: int, now: datetime) -> None:
    """Note that this message is next, and give the run time for it: two minutes, and one more for each megabyte."""
    lease = Now() + CLAIM_LEASE + timedelta(minutes=octets / 1_000_000)
    DeliveryAttempt.objects.filter(pk=attempt.pk).update(begun_at=now)
    mine = DeliveryAttempt.objects.live().filter(run=attempt.run, state=DeliveryAttempt.State.CLAIMED)
    mine.update(lease_until=lease)


def mark_dot_pending(attempt: DeliveryAttempt, accepted: list[str]) -> bool:
    """Commit, just before the final dot, that these recipients may have the message from now on.

    False when the lease ended, or when the message was withdrawn: then the dot must not be sent, because the
    deliveries are another worker's or nobody's.
    """
    with transaction.atomic():
        platform_sending.count_handed_over(attempt, len(accepted))
        mine = DeliveryAttempt.objects.filter(pk=attempt.pk, state=DeliveryAttempt.State.CLAIMED, lease_until__gt=Now())
        if not mine.update(state=DeliveryAttempt.State.DOT_PENDING, lease_until=Now() + DOT_LEASE):
            transaction.set_rollback(True)
            return False
        claimed = Delivery.objects.filter(attempt=attempt, state=_State.CLAIMED, recipient__in=accepted)
        if claimed.update(state=_State.DOT_PENDING) == len(accepted):
            return True
        # No dot, so no mark either: else the sweep would call uncertain what was certainly not sent.
        transaction.set_rollback(True)
        return False


def is_withdrawn(attempt: DeliveryAttempt) -> bool:
    """Whether somebody took back what this attempt was to hand over (mailboxes.withdrawing)."""
    return bool(Delivery.objects.filter(attempt=attempt, state=_State.WITHDRAWN).exists())


def give_back(run: uuid.UUID, *, now: datetime) -> None:
    """Put everything that a run claimed and has not brought to its dot back into the queue, for the next run."""
    with transaction.atomic():
        unfinished = DeliveryAttempt.objects.filter(run=run, state=DeliveryAttempt.State.CLAIMED)
        mine = list(unfinished.select_for_update().order_by("pk").values_list("pk", flat=True))
        Delivery.objects.filter(attempt__in=mine, state=_State.CLAIMED).update(state=_State.QUEUED, attempt=None)
        DeliveryAttempt.objects.filter(pk__in=mine).update(state=DeliveryAttempt.State.FINISHED, finished_at=now)


def sweep_expired() -> list[tuple[int, uuid.UUID | None]]:
    """Settle what dead workers left: before the dot back to the queue, at the dot uncertain, never sent by itself.

    Returns tenant and server of what is queued again. Runs under `unscoped`.
    """
    again = set()
    for attempt in DeliveryAttempt.objects.expired().select_related("outgoing_message")[:500]:
        with transaction.atomic():
            was_at_dot = attempt.state == DeliveryAttempt.State.DOT_PENDING
            mine = DeliveryAttempt.objects.expired().filter(pk=attempt.pk, state=attempt.state)
            if not mine.update(state=DeliveryAttempt.State.EXPIRED):
                continue
            claimed = Delivery.objects.filter(attempt=attempt, state=_State.CLAIMED)
            claimed.filter(attempt_count__gte=MOST_DEATHS).update(
                state=_State.FAILED,
                reply_text=f"Not sent: sending it stopped the worker {MOST_DEATHS} times.",
                settled_at=Now(),
            )
            deaths = 0 if attempt.begun_at is None else 1
            if claimed.update(state=_State.QUEUED, attempt=None, attempt_count=F("attempt_count") + deaths):
                again.add((attempt.tenant_id, attempt.server_id))
            if was_at_dot:
                with tenant_scope(attempt.tenant_id):
                    settling.settle_expired(attempt)
    return list(again)
