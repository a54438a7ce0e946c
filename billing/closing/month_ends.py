"""Closes the month of a subscription: counts it, issues its invoice, and lets the next one begin (SPEC B3, B4).

Everything is one transaction under the lock of the subscription's row. Whoever wrote into the ledger before has
committed and is counted; whoever comes later finds `billed_until` at the end of the month and writes behind it. A run
that dies leaves nothing, and the next one does the same again (SECURITY B136).
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.closing.sellers import Seller
from billing.closing.turning import turn
from billing.closing.zones import align, open_month
from billing.drafting import changes_of, holdings_of
from billing.invoicing.issuing import issue
from billing.models import Period, Subscription
from billing.profiles import profile_of
from billing.reckoning.bills import Bill, bill_of
from billing.reckoning.months import Month
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.models import Tenant


def close(subscription_id: uuid.UUID, *, now: datetime, seller: Seller | None = None) -> Period | None:
    """Close the oldest month of a subscription of the tenant in scope that is over and not closed yet.

    Returns None where none is over, where the subscription has ended, and where somebody else has it at the moment:
    they close it, or it is found again. A month that costs nothing closes without a document.

    Raises RateUnknown where tax is due and its rate is not entered, and OperationalError when something that has to
    change with it is being changed by somebody else.
    """
    seller = seller or Seller()
    with transaction.atomic():
        subscription = _lock(subscription_id)
        if subscription is None or not subscription.is_due(now=now):
            return None
        tenant, subscription.plan = subscription.tenant, seller.plan(subscription.plan_id)
        month = open_month(subscription, zone=tenant.time_zone)
        # For an account that moved to another time zone since its months were set, it may not be over yet.
        align(subscription, month)
        if month.ends > now:
            return None
        bill = _bill(subscription, month)
        failpoint("closing.counted")
        period = _period(subscription, bill, now=now)
        period.remark = turn(subscription, month, tenant, now=now)
        period.save(force_insert=True)
        failpoint("closing.turned")
        # Last of all, because whoever has the next number keeps others from theirs until the end of the transaction.
        if bill.net_minor:
            _issue(period, bill, tenant, seller, now=now)
        failpoint("closing.before_commit")
    failpoint("closing.committed")
    return period


def _lock(subscription_id: uuid.UUID) -> Subscription | None:
    """Return the subscription with its account, both as they are now; None where somebody else has one of them.

    Before the transaction ends nobody counts or changes its plan, the account keeps its time zone, and no other
    subscription of it ends. Without waiting: who changes the time zone has the account first, and then subscriptions.
    """
    rows = Subscription.objects.filter(pk=subscription_id).select_related("tenant")
    # Other rows may come to point to these two meanwhile: none of their keys changes.
    return next(iter(rows.select_for_update(of=("self", "tenant"), no_key=True, skip_locked=True)), None)


def _bill(subscription: Subscription, month: Month) -> Bill:
    # These look at what is committed now, after the lock was had.
    holdings, changes = holdings_of(subscription), changes_of(subscription)
    return bill_of(holdings, changes, month, begins=subscription.billed_until, currency=subscription.plan.currency)


def _period(subscription: Subscription, bill: Bill, *, now: datetime) -> Period:
    period = Period(
        tenant_id=subscription.tenant_id,
        subscription=subscription,
        month=bill.month.first_day,
        time_zone=bill.month.zone,
        begins=bill.begins,
        ends=bill.ends,
        closed_at=now,
        currency=bill.currency,
        net_minor=bill.net_minor,
    )
    if (peak := bill.usage.peak) is not None:
        period.peak_at, period.peak_active, period.peak_included = peak.at, peak.active, peak.included
    return period


def _issue(period: Period, bill: Bill, tenant: Tenant, seller: Seller, *, now: datetime) -> None:
    profile = profile_of(tenant)
    issue(
        period,
        bill,
        tenant=tenant,
        profile=profile,
        issuer=seller.issuer_of(profile),
        rates=seller.rates(_last_day(bill)),
        now=now,
    )


def _last_day(bill: Bill) -> date:
    """Return the day whose rate of tax is valid: the last one of the service (article 64 of Directive 2006/112/EC)."""
    last: date = (bill.ends - timedelta(microseconds=1)).astimezone(ZoneInfo(bill.month.zone)).date()
    return last
