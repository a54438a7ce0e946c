"""Starts subscriptions and changes their plans."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from billing.limits import check_plan_fits
from billing.models import Plan, PlanChange, Subscription
from billing.reckoning.months import Month
from mailhub.tenancy.models import Tenant

FIRST_NAME = "Main"


def start_first_subscription(tenant: Tenant, *, now: datetime) -> None:
    """Give a new tenant settings.DEFAULT_PLAN. Raises Plan.DoesNotExist when no such plan is sold."""
    start(tenant, Plan.objects.get(code=settings.DEFAULT_PLAN, is_current=True), name=FIRST_NAME, now=now)


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

    Raises LimitReached when more mailboxes are active than the new plan has room for. Changing to the plan that the
    subscription has changes nothing.
    """
    with transaction.atomic():
        rows = Subscription.objects.select_for_update(of=("self",)).select_related("plan")
        locked: Subscription = rows.get(pk=subscription.pk)
        if locked.plan_id == plan.pk:
            return
        check_plan_fits(locked, plan)
        locked.plan = plan
        locked.save(update_fields=["plan"])
        # Not before what is closed, however long this waited for the month that was being closed.
        at = max(now, locked.billed_until)
        PlanChange.objects.create(tenant_id=locked.tenant_id, subscription=locked, plan=plan, at=at)
        for follow in _followers(tuple(settings.PLAN_CHANGED)):
            follow(locked, now=now)


@cache
def _followers(names: tuple[str, ...]) -> tuple[Callable[..., Any], ...]:
    return tuple(import_string(name) for name in names)
