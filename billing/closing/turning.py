"""What changes where one month of a subscription ends and the next one begins: its plan, or that it goes on at all."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from billing import subscribing
from billing.followers import followers
from billing.limits import LimitReached
from billing.models import Plan, Subscription
from billing.reckoning.months import Month
from mailhub.tenancy.models import Tenant


def turn(subscription: Subscription, month: Month, tenant: Tenant, *, now: datetime) -> str:
    """Let a subscription that is locked go on to the month behind `month`, or end with it.

    Returns what people have to know about it, in words; empty where it goes on as it was agreed.
    """
    subscription.billed_until = month.ends
    subscription.closing_error, subscription.close_again_at = "", None
    if _ends_with(subscription, month):
        return _end(subscription, tenant, now=now)
    subscription.month, subscription.closes_at = month.next.first_day, month.next.ends
    if subscription.next_plan is None:
        _save(subscription)
        return ""
    return _change_plan(subscription, subscription.next_plan, now=now)


def _ends_with(subscription: Subscription, month: Month) -> bool:
    # Who cancelled after this month was over, while it waited to be closed, has used some of a later one.
    return subscription.cancelled_at is not None and subscription.cancelled_at < month.ends


def _end(subscription: Subscription, tenant: Tenant, *, now: datetime) -> str:
    """End it; an account is never without a subscription. What was counted later, until now, is not billed."""
    count = subscription.active_count
    subscription.ended_at = subscription.billed_until
    subscription.next_plan = None
    _save(subscription, "ended_at", "next_plan")
    heir = None
    if not Subscription.objects.running().exists():
        heir = subscribing.start(tenant, subscribing.default_plan(), name=subscribing.FIRST_NAME, now=now)
    for follow in followers(settings.SUBSCRIPTION_ENDED):
        follow(subscription, heir=heir, now=now)
    return f"The subscription ended. {_switched_off(count)}{_inherited(heir)}"


def _switched_off(count: int) -> str:
    if not count:
        return "No mailbox counted against it."
    return f"{count} mailbox{' was' if count == 1 else 'es were'} switched off, and nothing in them was deleted."


def _inherited(heir: Subscription | None) -> str:
    return "" if heir is None else f" The account has the plan {heir.plan} now."


def _change_plan(subscription: Subscription, wanted: Plan, *, now: datetime) -> str:
    """Begin the plan that was to follow; where it does not fit any more, the plan stays, and the words say why."""
    before, subscription.next_plan = subscription.plan, None
    try:
        subscribing.check_change(subscription, wanted)
    except (LimitReached, subscribing.ChangeRefused) as error:
        _save(subscription, "next_plan")
        return f"The plan {before} was kept, {wanted} did not follow it. {error}"
    subscription.plan = wanted
    _save(subscription, "plan", "next_plan")
    # Where closing was late, the plan may have changed meanwhile: what was planned comes behind that.
    subscribing.note_change(subscription, wanted, now=subscription.billed_until)
    for follow in followers(settings.PLAN_CHANGED):
        follow(subscription, now=now)
    return ""


def _save(subscription: Subscription, *also: str) -> None:
    """Write what the end of a month changes, and leave the count to the ledger."""
    every = ("month", "billed_until", "closes_at", "closing_error", "close_again_at")
    subscription.save(update_fields=[*every, *also])
