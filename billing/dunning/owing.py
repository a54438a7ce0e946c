"""What an account owes that is overdue, and what happens when if it does not pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.dunning.reviewing import terms_of
from billing.models import Invoice
from billing.money import Money
from mailhub.tenancy.models import Tenant


@dataclass(frozen=True)
class Owed:
    """The overdue invoices of an account, oldest first and at least one, and what follows from them when."""

    tenant: Tenant
    invoices: Sequence[Invoice]
    today: date

    @property
    def sequences_stop_on(self) -> date:
        return min(_day_of(one, terms_of(one.issuer).sequences_stop_days) for one in self.invoices)

    @property
    def read_only_on(self) -> date:
        return min(_day_of(one, terms_of(one.issuer).read_only_days) for one in self.invoices)

    @property
    def total(self) -> Money | None:
        """What is owed in all; None for amounts in several currencies, which nobody adds up."""
        if len({one.currency for one in self.invoices}) != 1:
            return None
        return sum((one.balance for one in self.invoices[1:]), self.invoices[0].balance)


def _day_of(invoice: Invoice, days: int) -> date:
    # Nothing happens on the due date itself.
    return invoice.due_on + timedelta(days=max(days, 1))
