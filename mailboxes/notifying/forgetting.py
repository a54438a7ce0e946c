"""Lets go of notifications that nobody looks for any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from mailboxes.models import Notification

KEPT = timedelta(days=90)
_BATCH = 1000


def forget_old(*, now: datetime) -> int:
    """Remove notifications older than 90 days, and return how many. Runs under `unscoped`."""
    before = now - KEPT
    # Ids grow with time, and their index is there; what came up again meanwhile stays.
    old = Notification.objects.filter(pk__lt=_first_id_of(before), created_at__lt=before)
    count = 0
    while batch := list(old.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        Notification.objects.filter(pk__in=batch).delete()
        count += len(batch)
    return count


def _first_id_of(moment: datetime) -> UUID:
    """Return the smallest UUID of version 7 of this millisecond (RFC 9562 §5.7)."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
