"""Accounts whose months begin and end when a test wants them to, and what is written about their closed months."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from billing import ledger, subscribing
from billing.models import Invoice, InvoiceLine, Issuer, Period, Plan, PlanChange, Subscription
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)
SOON = timedelta(minutes=1)


def day(number: int, *, month: int = 3, hour: int = 12) -> datetime:
    return datetime(2026, month, number, hour, tzinfo=UTC)


def plan(code: str) -> Plan:
    return Plan.objects.get(code=code, is_current=True)


def make_plan(code: str, **values: object) -> Plan:
    """Sell one more plan; two mailboxes for 10, each further one for 3."""
    fields = {"name": code.title(), "included_mailboxes": 2, "price_minor": 1000, "extra_mailbox_minor": 300, **values}
    made: Plan = Plan.objects.create(code=code, **fields)
    return made


def make_account(
    name: str = "Acme", code: str = "standard", *, starts: datetime = MARCH, zone: str = "UTC"
) -> Subscription:
    """Make a tenant whose one subscription started then."""
    tenant = Tenant.objects.create_tenant(name)
    tenant.time_zone = zone
    tenant.save(update_fields=["time_zone"])
    with tenant_scope(tenant.pk):
        PlanChange.objects.all().delete()
        Subscription.objects.all().delete()
        return subscribing.start(tenant, plan(code), name="Main", now=starts)


def use(subscription: Subscription, count: int, *, since: datetime, until: datetime | None = None) -> list[uuid.UUID]:
    """Let so many mailboxes count from one moment until another."""
    ids = [new_id() for _ in range(count)]
    with tenant_scope(subscription.tenant_id):
        for number, one in enumerate(ids):
            ledger.activate(subscription, one, f"Box {number}", now=since, agrees_to_fee=True)
        for number, one in enumerate(ids if until else []):
            ledger.deactivate(subscription, one, f"Box {number}", now=until or since)
    return ids


Written = tuple[str, datetime, datetime, str, int, tuple[tuple[str, int, int], ...]]


def written(subscriptions: Sequence[Subscription]) -> dict[uuid.UUID, list[Written]]:
    """Return what is written about the closed months of each subscription: all of it but numbers and ids."""
    found: dict[uuid.UUID, list[Written]] = {one.pk: [] for one in subscriptions}
    with unscoped("a test looks at every account"):
        for period in Period.objects.filter(subscription__in=subscriptions).order_by("month"):
            lines = InvoiceLine.objects.filter(invoice__period=period).order_by("position")
            told = tuple((one.words, one.net_minor, len(one.evidence)) for one in lines)
            found[period.subscription_id].append(
                (str(period), period.begins, period.ends, period.remark, period.net_minor, told)
            )
    return found


def numbers() -> list[int]:
    """Return the numbers of all documents in their order, after a look that none is missing and none is ahead."""
    with unscoped("a test looks at every account"):
        found = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert found == list(range(1, len(found) + 1))
    assert Issuer.objects.default().last_number == len(found)
    return found
