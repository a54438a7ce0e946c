"""Who may hand over which delivery: claims, the mark before the final dot, and what a dead worker leaves behind.

queued → claimed(token, lease) → dot_pending → sent | deferred | failed | uncertain (SECURITY section 4). Every step is
a conditional write, so that of two workers one gets it; leases run on the database's clock.
"""

import uuid
from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from mailboxes.models import Delivery, DeliveryAttempt
from mailboxes.models.deliveries import ATTEMPT_LEASE
from servers.models import OutgoingServer

_State = Delivery.State


def claim(server: OutgoingServer, run: uuid.UUID, *, now: datetime, limit: int) -> list[DeliveryAttempt]:
    """Claim what is due for this server, at most `limit` messages; each attempt carries the recipients it won."""
    due = Delivery.objects.filter(server=server).due(now).order_by("not_before", "id")
    by_message: defaultdict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for delivery in due[: limit * 10]:
        by_message[delivery.outgoing_message_id].append(delivery)
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
        lease_until=Now() + ATTEMPT_LEASE,
        started_at=now,
    )
    with transaction.atomic():
        attempt.save(force_insert=True)
        mine = Delivery.objects.filter(pk__in=[one.pk for one in deliveries]).due(now)
        if not mine.update(state=_State.CLAIMED, attempt=attempt):
            attempt.delete()  # Another worker got there first.
            return None
    return DeliveryAttempt.objects.select_related("outgoing_message").get(pk=attempt.pk)


def mark_dot_pending(attempt: DeliveryAttempt, accepted: list[str]) -> bool:
    """Commit, just before the final dot, that these recipients may have the message from now on.

    False when the lease ended: then the dot must not be sent, because the deliveries are another worker's.
    """
    with transaction.atomic():
        mine = DeliveryAttempt.objects.filter(pk=attempt.pk, state=DeliveryAttempt.State.CLAIMED, lease_until__gt=Now())
        if not mine.update(state=DeliveryAttempt.State.DOT_PENDING):
            return False
        claimed = Delivery.objects.filter(attempt=attempt, state=_State.CLAIMED, recipient__in=accepted)
        if claimed.update(state=_State.DOT_PENDING) == len(accepted):
            return True
        # No dot, so no mark either: else the sweep would call uncertain what was certainly not sent.
        transaction.set_rollback(True)
        return False


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
            if claimed.update(state=_State.QUEUED, attempt=None):
                again.add((attempt.tenant_id, attempt.server_id))
            if was_at_dot:
                at_dot = Delivery.objects.filter(attempt=attempt, state=_State.DOT_PENDING)
                at_dot.update(
                    state=_State.UNCERTAIN,
                    reply_text="The worker stopped while the server was taking the message: it may have arrived.",
                    settled_at=Now(),
                )
    return list(again)
