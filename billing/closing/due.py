"""Closes every month that is over, of all tenants: several workers at once, and one that fails stops no other."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from billing.closing.month_ends import close
from billing.closing.sellers import Seller
from billing.models import Subscription
from mailhub.tenancy.scope import tenant_scope, unscoped

log = logging.getLogger(__name__)

# What one worker takes at once: it is done with them in a second or two, and looks again.
BATCH = 50
# A worker that has not closed what it took by then is dead, and others try.
LEASE = timedelta(minutes=3)
# After this many seconds of a run nothing more is taken: the next run goes on.
RUN_SECONDS = 45.0
# A closing that failed is tried again after as long as it is late already, within these bounds.
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)


def close_due(*, now: Callable[[], datetime], seconds: float = RUN_SECONDS) -> int:
    """Close what is due, the longest waiting first; return how many months were closed."""
    deadline = time.monotonic() + seconds
    seller, closed = Seller(), 0
    while taken := _take(now=now()):
        for tenant_id, subscription_id in taken:
            with tenant_scope(tenant_id):
                closed += _close_all(subscription_id, seller, now=now)
        if time.monotonic() >= deadline:
            break
    return closed


def _take(*, now: datetime) -> list[tuple[int, uuid.UUID]]:
    """Take some that are due, as (tenant, subscription): other workers leave them alone for the length of a lease.

    So one whose closing kills its worker keeps nobody from the others.
    """
    with unscoped("the clock closes the months of every tenant"), transaction.atomic():
        due = Subscription.objects.due_to_close(now=now).select_for_update(of=("self",), skip_locked=True)
        taken = list(due.values_list("tenant_id", "pk")[:BATCH])
        Subscription.objects.filter(pk__in=[pk for _tenant, pk in taken]).update(close_again_at=now + LEASE)
    return taken


def _close_all(subscription_id: uuid.UUID, seller: Seller, *, now: Callable[[], datetime]) -> int:
    """Close one month after the other, where several are over because nothing ran for long; return how many."""
    count = 0
    try:
        while (period := close(subscription_id, now=now(), seller=seller)) is not None:
            count += 1
            # Its row need not be locked to see that the next month runs.
            if not period.subscription.is_due(now=now()):
                break
    except Exception as error:
        log.exception("The month of subscription %s could not be closed.", subscription_id)
        _try_later(subscription_id, error, now=now())
    return count


def _try_later(subscription_id: uuid.UUID, error: Exception, *, now: datetime) -> None:
    """Keep the words of the error for the operator. Raises where the database itself is what failed."""
    failed: Subscription | None = Subscription.objects.filter(pk=subscription_id).first()
    if failed is None or not failed.is_due(now=now):
        return
    wait = min(max(now - failed.closes_at, SOONEST), LATEST)
    words = f"{type(error).__name__}: {error}"[:500]
    Subscription.objects.filter(pk=subscription_id).update(closing_error=words, close_again_at=now + wait)
