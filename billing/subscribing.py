"""Starts subscriptions, changes their plans, and ends them; each under the lock of the subscription's row."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from billing.followers import followers
from billing.limits import SubscriptionEnded, check_plan_fits
from billing.models import Plan, PlanChange, Subscription
from billing.reckoning.months import Month
from mailhub.tenancy.models import Tenant

FIRST_NAME = "Main"


class ChangeRefused(ValueError):
    """The subscription cannot become what was asked for; the words say why, and what the way out is."""


class OtherCurrency(ChangeRefused):
    """One invoice has one currency."""


class SubscriptionCancelled(ChangeRefused):
    """It ends with its month, so it gets no other plan."""


class NothingToCancel(ChangeRefused):
    """It would end, and the same begin anew."""


def start_first_subscription(tenant: Tenant, *, now: datetime) -> None:
    """Give a new tenant settings.DEFAULT_PLAN. Raises Plan.DoesNotExist when no such plan is sold."""
    start(tenant, default_plan(), name=FIRST_NAME, now=now)


def default_plan() -> Plan:
    """Return what an account has that chose nothing, or whose last subscription ended."""
    return Plan.objects.get(code=settings.DEFAULT_PLAN, is_current=True)


def start(tenant: Tenant, plan: Plan, *, name: str, now: datetime) -> Subscription:
    """Start one more subscription. Raises IntegrityError when one that runs has this name."""
    with transaction.atomic():
        subscription: Subscription = Subscription.objects.create(
            tenant=tenant, plan=plan, name=name, started_at=now, **_first_month(tenant, now=now)
        )
        PlanChange.objects.create(tenant=tenant, subscription=subscription, plan=plan, at=now)
    return subscription


def _first_month(tenant: Tenant, *, now: datetime) -> dict[str, Any]:
    month = Month.of(now, tenant.time_zone)
    return {"month": month.first_day, "billed_until": now, "closes_at": month.ends}


def first_subscription() -> Subscription:
    """Return what new mailboxes of the tenant in scope count against unless told otherwise."""
    first: Subscription = Subscription.objects.running()[:1].get()
    return first


def change_plan(subscription: Subscription, plan: Plan, *, now: datetime) -> None:
    """Change to another plan from now on; what upper floors have to do about it is done in the same transaction.

    A change that was planned for the end of the month is withdrawn. Changing to the plan that the subscription has
    changes nothing else. Raises LimitReached when more mailboxes are active than the new plan has room for,
    OtherCurrency, SubscriptionCancelled, and SubscriptionEnded.
    """
    with transaction.atomic():
        locked = _lock_running(subscription)
        _drop_planned(locked)
        if locked.plan_id == plan.pk:
            return
        check_change(locked, plan)
        locked.plan = plan
        locked.save(update_fields=["plan"])
        note_change(locked, plan, now=now)
        for follow in followers(settings.PLAN_CHANGED):
            follow(locked, now=now)


def note_change(locked: Subscription, plan: Plan, *, now: datetime) -> None:
    """Write that a subscription, which is locked, has this plan from now on.

    Not before what is closed, however long this waited for the month that was being closed; and behind the change
    before, also when a machine whose clock is ahead of ours wrote that one.
    """
    newest = PlanChange.objects.filter(subscription=locked).aggregate(newest=Max("at"))["newest"]
    at = max(filter(None, (now, locked.billed_until, newest)))
    PlanChange.objects.create(tenant_id=locked.tenant_id, subscription=locked, plan=plan, at=at)


def change_plan_at_month_end(subscription: Subscription, plan: Plan) -> Subscription:
    """Have the plan changed when the running month is closed; return the subscription as it is now.

    Planning the plan that it has withdraws what was planned. Raises as `change_plan` does.
    """
    with transaction.atomic():
        locked = _lock_running(subscription)
        if locked.plan_id == plan.pk:
            _drop_planned(locked)
            return locked
        check_change(locked, plan)
        locked.next_plan = plan
        locked.save(update_fields=["next_plan"])
    return locked


def drop_planned_change(subscription: Subscription) -> bool:
    """Withdraw a change that was planned for the end of the month; False when none was."""
    with transaction.atomic():
        return _drop_planned(_lock_running(subscription))


def cancel(subscription: Subscription, *, now: datetime) -> Subscription:
    """Let it end when the running month is closed; return it as it is now. A planned change of plan is withdrawn.

    Raises NothingToCancel for the last one with the default plan, which would only begin anew, and SubscriptionEnded.
    """
    with transaction.atomic():
        locked = _lock_running(subscription)
        if locked.cancelled_at is None:
            check_cancel(locked)
            _drop_planned(locked)
            locked.cancelled_at = now
            locked.save(update_fields=["cancelled_at"])
    return locked


def keep(subscription: Subscription) -> bool:
    """Let a subscription that was cancelled go on; False when it was not cancelled. Raises SubscriptionEnded."""
    with transaction.atomic():
        locked = _lock_running(subscription)
        if locked.cancelled_at is None:
            return False
        locked.cancelled_at = None
        locked.save(update_fields=["cancelled_at"])
    return True


def check_change(subscription: Subscription, plan: Plan) -> None:
    """Raise OtherCurrency, SubscriptionCancelled, or LimitReached where it cannot change to this plan."""
    if subscription.cancelled_at is not None:
        raise SubscriptionCancelled(
            f"{subscription} ends with this month. Let it go on first, then change its plan; or add a subscription."
        )
    if plan.currency != subscription.plan.currency:
        raise OtherCurrency(
            f"{plan} is paid in {plan.currency}, and {subscription} in {subscription.plan.currency}: an invoice has "
            f"one currency. Add a subscription with {plan}, move the mailboxes to it, and cancel {subscription}."
        )
    check_plan_fits(subscription, plan)


def check_cancel(subscription: Subscription) -> None:
    """Raise NothingToCancel where the same subscription would begin anew at once."""
    if subscription.plan.code == settings.DEFAULT_PLAN and is_last(subscription):
        raise NothingToCancel(
            f"{subscription} is the only subscription, and {subscription.plan} is what every account has at least: "
            "there is nothing to cancel."
        )


def is_last(subscription: Subscription) -> bool:
    """Whether no other subscription goes on after this one."""
    others = Subscription.objects.filter(ended_at=None, cancelled_at=None).exclude(pk=subscription.pk)
    return not others.exists()


def _lock_running(subscription: Subscription) -> Subscription:
    """Return the subscription as it is now; its month is not closed before the transaction ends."""
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "next_plan")
    locked: Subscription = rows.get(pk=subscription.pk)
    if locked.ended_at is not None:
        raise SubscriptionEnded(f"The subscription {locked} has ended.")
    return locked


def _drop_planned(locked: Subscription) -> bool:
    if locked.next_plan_id is None:
        return False
    locked.next_plan = None
    locked.save(update_fields=["next_plan"])
    return True
