"""What the list of accounts says of each: a fixed number of queries, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, Max, Sum

from billing.drafting import holding_of, running_month
from billing.models import Activation, Invoice, PlanChange, Subscription
from billing.money import Money
from billing.reckoning.bills import bill_of
from billing.reckoning.usage import Change
from mailhub.tenancy.models import Membership, Tenant


@dataclass
class Figures:
    """Of one account; amounts by currency, without tax in the draft."""

    people_count: int = 0
    active_count: int = 0
    plans: list[str] = field(default_factory=list)
    draft: list[Money] = field(default_factory=list)
    unpaid: list[Money] = field(default_factory=list)
    last_invoice_at: datetime | None = None


def figures_of(tenants: Collection[Tenant]) -> dict[int, Figures]:
    """Return the figures of these accounts, by their numbers; to be asked outside the scope of one account."""
    found: dict[int, Figures] = defaultdict(Figures)
    people = Membership.objects.filter(tenant__in=tenants, is_active=True).values_list("tenant")
    for tenant_id, count in people.annotate(count=Count("pk")).order_by():
        found[tenant_id].people_count = count
    _add_months(found, tenants)
    invoices = Invoice.objects.filter(tenant__in=tenants, kind=Invoice.Kind.INVOICE).order_by()
    for tenant_id, last in invoices.values_list("tenant").annotate(last=Max("issued_at")):
        found[tenant_id].last_invoice_at = last
    balance = Sum(F("total_minor") - F("paid_minor") - F("credited_minor"))
    unpaid = invoices.filter(state=Invoice.State.OPEN).values_list("tenant", "currency").annotate(balance=balance)
    for tenant_id, currency, minor in unpaid:
        found[tenant_id].unpaid.append(Money(int(minor), currency))
    return found


def total_by_currency(amounts: Iterable[Money]) -> list[Money]:
    """Return one sum for each currency."""
    sums: dict[str, Money] = {}
    for one in amounts:
        sums[one.currency] = sums[one.currency] + one if one.currency in sums else one
    return [sums[currency] for currency in sorted(sums)]


def _add_months(found: dict[int, Figures], tenants: Collection[Tenant]) -> None:
    zones = {one.pk: one.time_zone for one in tenants}
    subscriptions = list(Subscription.objects.running().filter(tenant__in=tenants))
    holdings, changes = defaultdict(list), defaultdict(list)
    for row in PlanChange.objects.filter(subscription__in=subscriptions).select_related("plan").order_by("at", "id"):
        holdings[row.subscription_id].append(holding_of(row.plan, at=row.at))
    ledger = Activation.objects.filter(subscription__in=subscriptions).order_by("at", "id")
    for subscription_id, *values in ledger.values_list("subscription", "at", "mailbox_id", "mailbox_name", "change"):
        changes[subscription_id].append(Change(*values))
    for one in subscriptions:
        figures = found[one.tenant_id]
        month, currency = running_month(one, zone=zones[one.tenant_id]), one.plan.currency
        bill = bill_of(holdings[one.pk], changes[one.pk], month, begins=one.billed_until, currency=currency)
        figures.plans.append(one.plan.name)
        figures.active_count += one.active_count
        figures.draft = total_by_currency([*figures.draft, Money(bill.net_minor, currency)])
