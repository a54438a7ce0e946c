"""What the running month of a subscription costs as things are now, and as they would be with another plan."""

from __future__ import annotations

from datetime import datetime

from billing.models import Activation, Plan, PlanChange, Subscription
from billing.reckoning.bills import Bill, bill_of
from billing.reckoning.months import Month
from billing.reckoning.sharing import Holding
from billing.reckoning.usage import Change


def draft_of(subscription: Subscription, *, zone: str, now: datetime, with_plan: Plan | None = None) -> Bill:
    """Return what the month costs if everything stays as it is until its end.

    `zone` is the time zone of the account. With `with_plan`: if the subscription changes to that plan now.
    """
    holdings = holdings_of(subscription)
    if with_plan is not None:
        holdings.append(holding_of(with_plan, at=max(now, subscription.billed_until)))
    return bill_of(
        holdings,
        changes_of(subscription),
        running_month(subscription, zone=zone),
        begins=subscription.billed_until,
        currency=subscription.plan.currency,
    )


def running_month(subscription: Subscription, *, zone: str) -> Month:
    return Month(subscription.month.year, subscription.month.month, zone)


def holdings_of(subscription: Subscription) -> list[Holding]:
    """Return which plan it had from when on, in one query."""
    terms = ("plan__name", "plan__price_minor", "plan__included_mailboxes", "plan__extra_mailbox_minor")
    rows = PlanChange.objects.filter(subscription=subscription).order_by("at", "id")
    return [Holding(*row) for row in rows.values_list("at", *terms)]


def holding_of(plan: Plan, *, at: datetime) -> Holding:
    return Holding(at, plan.name, plan.price_minor, plan.included_mailboxes, plan.extra_mailbox_minor)


def changes_of(subscription: Subscription) -> list[Change]:
    """Return its ledger by time, in one query."""
    rows = Activation.objects.filter(subscription=subscription).order_by("at", "id")
    return [
        Change(at, mailbox_id, name, step)
        for at, mailbox_id, name, step in rows.values_list("at", "mailbox_id", "mailbox_name", "change")
    ]
