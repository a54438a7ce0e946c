"""Lets go of old entries about automatic mail; the mail itself stays in the outbox."""

from datetime import datetime, timedelta

from mailboxes.models import AutomaticMail

# The longest limit looks back for a day; people ask why somebody was not answered for longer.
KEPT = timedelta(days=90)
BATCH = 1000


def forget_old(*, now: datetime) -> int:
    """Remove entries older than 90 days, and return how many. Runs under `unscoped`."""
    count = 0
    while batch := list(AutomaticMail.objects.filter(created_at__lt=now - KEPT).values_list("pk", flat=True)[:BATCH]):
        AutomaticMail.objects.filter(pk__in=batch).delete()
        count += len(batch)
    return count
