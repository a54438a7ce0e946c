"""Doorbells of the month's end."""

from celery import shared_task

from billing.closing import due
from mailhub import clock
from mailhub.tenancy.tasks import Bell


@shared_task(base=Bell)
def close_due() -> None:
    """Close the months that are over, of all tenants."""
    due.close_due(now=clock.now)
