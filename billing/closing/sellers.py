"""What is the same for many invoices of one run, so that it is asked for once."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from billing.invoicing.parties import rates_on
from billing.models import BillingProfile, Issuer, Plan


class Seller:
    """Who issues, what is sold, and the rates of tax by day.

    To be made anew for each run: the operator may change all but the plans, whose versions never change.
    """

    def __init__(self) -> None:
        self._issuers: dict[int, Issuer] = {}
        self._plans: dict[int, Plan] = {}
        self._rates: dict[date, dict[str, int]] = {}

    def issuer_of(self, profile: BillingProfile) -> Issuer:
        if profile.issuer_id is None:
            return self._default
        if profile.issuer_id not in self._issuers:
            self._issuers[profile.issuer_id] = Issuer.objects.get(pk=profile.issuer_id)
        return self._issuers[profile.issuer_id]

    def plan(self, plan_id: int) -> Plan:
        if plan_id not in self._plans:
            self._plans[plan_id] = Plan.objects.get(pk=plan_id)
        return self._plans[plan_id]

    def rates(self, day: date) -> dict[str, int]:
        if day not in self._rates:
            self._rates[day] = rates_on(day)
        return self._rates[day]

    @cached_property
    def _default(self) -> Issuer:
        return Issuer.objects.default()
