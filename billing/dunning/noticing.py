"""What the pages of an account say while an invoice of it is overdue: to whom, how much, and what happens when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.dunning.owing import Owed
from billing.dunning.reviewing import overdue_invoices, today_of
from billing.models import Invoice
from billing.money import Money
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Permission, Role
from mailhub.tenancy.principal import Principal
from mailhub.tenancy.standing import Standing

_MOST_OWNERS = 3


@dataclass(frozen=True)
class Notice:
    """A line above each page. What is owed is for who may see it; all others learn whom to ask.

    `next_on` is when less goes on than now, None where nothing follows.
    """

    standing: Standing
    invoices: Sequence[Invoice] = ()
    total: Money | None = None
    next_on: date | None = None
    next_is_read_only: bool = False
    owners: str = ""
    may_see: bool = False
    may_pay: bool = False

    @property
    def oldest(self) -> Invoice | None:
        return self.invoices[0] if self.invoices else None

    @property
    def is_read_only(self) -> bool:
        return not self.standing.may_change

    @property
    def stops_sequences(self) -> bool:
        return not self.standing.runs_sequences


def notice_for(principal: Principal, *, now: datetime) -> Notice | None:
    """Return what this person is told; None, without a query, where the account stands well."""
    standing = Standing(principal.tenant.standing)
    may_see = principal.may(Permission.MANAGE_ACCOUNT)
    if standing == Standing.GOOD or (standing == Standing.OVERDUE and not may_see):
        return None
    may_pay = principal.may(Permission.MANAGE_BILLING)
    owners = "" if may_pay else _owners_of(principal)
    if not may_see:
        return Notice(standing, owners=owners)
    today = today_of(principal.tenant, now=now)
    invoices = overdue_invoices(today=today)
    if not invoices:
        return Notice(standing, owners=owners, may_see=may_see, may_pay=may_pay)
    owed = Owed(principal.tenant, invoices, today)
    next_on = None
    if standing.may_change:
        next_on = min(owed.sequences_stop_on, owed.read_only_on) if standing.runs_sequences else owed.read_only_on
    return Notice(
        standing,
        invoices,
        owed.total,
        next_on if next_on is not None and next_on > today else None,
        next_is_read_only=next_on == owed.read_only_on,
        owners=owners,
        may_see=may_see,
        may_pay=may_pay,
    )


def _owners_of(principal: Principal) -> str:
    rows = Membership.objects.filter(tenant=principal.tenant, role=Role.OWNER, is_active=True, user__is_active=True)
    names = [str(one.user) for one in rows.select_related("user").order_by("created_at", "pk")[:_MOST_OWNERS]]
    return " or ".join(names)
