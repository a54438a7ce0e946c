"""Which month of a subscription runs on the clock of its account, also after the account moved to another time zone."""

from datetime import datetime

from django.db import transaction

from billing.drafting import running_month
from billing.models import Subscription
from billing.reckoning.months import Month
from mailhub.tenancy.models import Tenant


def follow_zone(tenant: Tenant, *, now: datetime) -> None:
    """Let the running months of a tenant, whose scope is open, end on the clock of its time zone, which is another one.

    To be called in the transaction that changes `Tenant.time_zone`. A month that is over already is left to its
    closing, which looks at the time zone itself.
    """
    with transaction.atomic():
        running = Subscription.objects.filter(tenant=tenant, ended_at=None, closes_at__gt=now)
        # In one order, so that two changes of the zone do not wait for each other.
        for subscription in running.order_by("id").select_for_update(of=("self",)):
            align(subscription, open_month(subscription, zone=tenant.time_zone))


def open_month(subscription: Subscription, *, zone: str) -> Month:
    """Return the month that is to be closed next. What is billed already is over, whatever the clock there says now."""
    month = running_month(subscription, zone=zone)
    while month.ends <= subscription.billed_until:
        month = month.next
    return month


def align(subscription: Subscription, month: Month) -> None:
    """Let a subscription that is locked close at the end of this month."""
    if (subscription.month, subscription.closes_at) == (month.first_day, month.ends):
        return
    subscription.month, subscription.closes_at = month.first_day, month.ends
    # Whatever was wrong with closing was about another end.
    subscription.closing_error, subscription.close_again_at = "", None
    subscription.save(update_fields=["month", "closes_at", "closing_error", "close_again_at"])
