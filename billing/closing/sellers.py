"""What is the same for many invoices of one run, so that it is asked for once."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from billing.invoicing.parties import rates_on
from billing.models import BillingProfile, Issuer


class Seller:
    """Who issues, and the rates of tax by day. To be made anew for each run: the operator may change both."""

    def __init__(self) -> None:
        self._rates: dict[date, dict[str, int]] = {}

    def issuer_of(self, profile: BillingProfile) -> Issuer:
        return profile.issuer or self._default

    def rates(self, day: date) -> dict[str, int]:
        if day not in self._rates:
            self._rates[day] = rates_on(day)
        return self._rates[day]

    @cached_property
    def _default(self) -> Issuer:
        return Issuer.objects.default()
