"""What an amount comes to with tax, as things are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.invoicing.parties import rates_on, tax_for
from billing.models import Issuer
from billing.money import Money
from billing.profiles import profile_of
from billing.reckoning.months import Month
from billing.reckoning.tax import RateUnknown, Tax
from mailhub.tenancy.models import Tenant


@dataclass(frozen=True)
class Sum:
    """An amount without tax, and the tax on it; None where the operator has not entered the rate that is due."""

    net: Money
    tax: Tax | None

    @property
    def tax_amount(self) -> Money:
        return Money(self.tax.of(self.net.minor) if self.tax else 0, self.net.currency)

    @property
    def total(self) -> Money:
        return self.net + self.tax_amount

    @property
    def tax_percent(self) -> str:
        """For instance "19 %"."""
        return f"{self.tax.rate / 100:g} %" if self.tax else ""


def tax_of_month(tenant: Tenant, *, now: datetime) -> Tax | None:
    """Return the tax on what the tenant in scope buys in the month that runs; the rate of its last day is valid.

    None where no rate is known, or nobody issues invoices.
    """
    profile = profile_of(tenant)
    issuer = profile.issuer or Issuer.objects.filter(is_default=True).first()
    if issuer is None:
        return None
    last_day = Month.of(now, tenant.time_zone).next.first_day - timedelta(days=1)
    try:
        return tax_for(issuer, profile, rates_on(last_day))
    except RateUnknown:
        return None
