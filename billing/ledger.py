"""Writes the ledger of active mailboxes, and holds the limits while it does (SPEC B2, B3).

Callers write in the same transaction in which they switch a mailbox: either both are there or neither. The row of the
subscription is locked first, so that of fifty requests for the last place one gets it (SECURITY B135).
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from billing.limits import check_one_more
from billing.models import Activation, Subscription


def activate(
    subscription: Subscription, mailbox_id: uuid.UUID, mailbox_name: str, *, now: datetime, agrees_to_fee: bool = False
) -> None:
    """Count one more mailbox from now on.

    Raises LimitReached where the plan has no room, and FeeNotAgreed where this costs a fee that nobody agreed to.
    """
    with transaction.atomic():
        locked = _lock(subscription)
        check_one_more(locked, agrees_to_fee=agrees_to_fee)
        _write(locked, mailbox_id, mailbox_name, Activation.Change.ON, now=now)


def deactivate(subscription: Subscription, mailbox_id: uuid.UUID, mailbox_name: str, *, now: datetime) -> None:
    """Count one mailbox less from now on."""
    with transaction.atomic():
        _write(_lock(subscription), mailbox_id, mailbox_name, Activation.Change.OFF, now=now)


def move(
    source: Subscription,
    target: Subscription,
    mailbox_id: uuid.UUID,
    mailbox_name: str,
    *,
    now: datetime,
    agrees_to_fee: bool = False,
) -> None:
    """Let an active mailbox count against another subscription from now on; raises as `activate` does."""
    with transaction.atomic():
        # Always in one order, so that two moves in opposite directions do not wait for each other.
        for one in sorted((source, target), key=lambda one: str(one.pk)):
            _lock(one)
        activate(target, mailbox_id, mailbox_name, now=now, agrees_to_fee=agrees_to_fee)
        deactivate(source, mailbox_id, mailbox_name, now=now)


def _lock(subscription: Subscription) -> Subscription:
    """Return the subscription as it is now; nobody else counts or changes its plan before the transaction ends."""
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("plan")
    locked: Subscription = rows.get(pk=subscription.pk)
    return locked


def _write(
    subscription: Subscription,
    mailbox_id: uuid.UUID,
    mailbox_name: str,
    change: Activation.Change,
    *,
    now: datetime,
) -> None:
    Activation.objects.create(
        tenant_id=subscription.tenant_id,
        subscription=subscription,
        mailbox_id=mailbox_id,
        mailbox_name=mailbox_name,
        change=change,
        at=_moment(subscription, mailbox_id, now=now),
    )
    Subscription.objects.filter(pk=subscription.pk).update(active_count=F("active_count") + change)


def _moment(subscription: Subscription, mailbox_id: uuid.UUID, *, now: datetime) -> datetime:
    """Return when a change counts: not before what is closed, however long this waited for the month that was being
    closed; and behind what was written of the mailbox before, also by a machine whose clock is ahead of ours.
    """
    at = max(now, subscription.billed_until)
    later = Activation.objects.filter(subscription=subscription, mailbox_id=mailbox_id, at__gt=at)
    newest: datetime | None = later.aggregate(newest=Max("at"))["newest"]
    return at if newest is None else newest + timedelta(microseconds=1)
