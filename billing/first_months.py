"""What the first month of a new subscription costs: the days that are left of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.drafting import holding_of
from billing.models import Plan
from billing.money import Money
from billing.reckoning.bills import bill_of
from billing.reckoning.months import Month
from mailhub.tenancy.models import Tenant


@dataclass(frozen=True)
class FirstMonth:
    """A month that begins with the day on which the subscription starts; `net` without any mailbox, without tax."""

    month: Month
    net: Money
    day_count: int

    @property
    def words(self) -> str:
        if not self.net.minor:
            return "No fee."
        if self.day_count == self.month.day_count:
            return f"{self.month}: {self.net}."
        days = f"{self.day_count} day{'' if self.day_count == 1 else 's'}"
        return f"{self.month}: {self.net} for {days} of {self.month.day_count}."


def first_month(tenant: Tenant, plan: Plan, *, now: datetime) -> FirstMonth:
    month = Month.of(now, tenant.time_zone)
    bill = bill_of([holding_of(plan, at=now)], (), month, begins=now, currency=plan.currency)
    return FirstMonth(month, Money(bill.net_minor, plan.currency), sum(line.quantity for line in bill.lines))
