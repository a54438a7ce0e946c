"""What another plan would change for a subscription, and what that costs, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.histories import histories_of
from billing.models import Feature, Plan, Subscription
from billing.money import Money
from billing.pricing import Sum, tax_of_month
from billing.reckoning.bills import Bill
from billing.reckoning.tax import Tax
from mailhub.tenancy.models import Tenant


@dataclass(frozen=True)
class PricedLine:
    words: str
    net: Money


@dataclass(frozen=True)
class Comparison:
    """The plan that a subscription has and another one, side by side, for the mailboxes that are active now.

    `month_before` is what the running month costs as things are, `month_after` if the plan changes now.
    """

    before: Plan
    after: Plan
    active_count: int
    month_before: Bill
    month_after: Bill
    tax: Tax | None

    @property
    def price_before(self) -> Money:
        return self.before.monthly_price(self.active_count)

    @property
    def price_after(self) -> Money:
        return self.after.monthly_price(self.active_count)

    @property
    def extra_before(self) -> int:
        return self.before.extra_count(self.active_count)

    @property
    def extra_after(self) -> int:
        return self.after.extra_count(self.active_count)

    @property
    def gained(self) -> list[Feature]:
        return [one for one in Feature if self.after.has(one) and not self.before.has(one)]

    @property
    def lost(self) -> list[Feature]:
        return [one for one in Feature if self.before.has(one) and not self.after.has(one)]

    @property
    def loses_permissions(self) -> bool:
        return Feature.PERSON_PERMISSIONS in self.lost

    @property
    def loses_encryption(self) -> bool:
        return Feature.ENCRYPTED_POP in self.lost

    @property
    def is_upgrade(self) -> bool:
        return is_upgrade(self.before, self.after)

    @property
    def this_month_before(self) -> Sum:
        return self._sum(Money(self.month_before.net_minor, self.before.currency))

    @property
    def this_month_after(self) -> Sum:
        return self._sum(Money(self.month_after.net_minor, self.before.currency))

    @property
    def later_before(self) -> Sum:
        return self._sum(self.price_before)

    @property
    def later_after(self) -> Sum:
        return self._sum(self.price_after)

    @property
    def more_this_month(self) -> Money:
        """What this month costs more without tax if the plan changes now; below nothing when it costs less."""
        return self.this_month_after.net + -self.this_month_before.net

    @property
    def lines_after(self) -> list[PricedLine]:
        """The lines of the running month if the plan changes now."""
        return [
            PricedLine(one.words, Money(one.net_minor, self.month_after.currency)) for one in self.month_after.lines
        ]

    def _sum(self, net: Money) -> Sum:
        return Sum(net, self.tax)


def is_upgrade(before: Plan, after: Plan) -> bool:
    """Whether a plan is the larger one: who changes to it wants it now, who leaves it has paid for this month."""
    return (after.price_minor, after.included_mailboxes) > (before.price_minor, before.included_mailboxes)


def compare(subscription: Subscription, plan: Plan, *, tenant: Tenant, now: datetime) -> Comparison:
    """Compare two plans of the same currency."""
    history = histories_of([subscription])[subscription.pk]
    return Comparison(
        before=subscription.plan,
        after=plan,
        active_count=subscription.active_count,
        month_before=history.draft(subscription, zone=tenant.time_zone, now=now),
        month_after=history.draft(subscription, zone=tenant.time_zone, now=now, with_plan=plan),
        tax=tax_of_month(tenant, now=now),
    )
