"""Accounts that owe something, and how they came by a card."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from billing.gateway.port import Gateway
from billing.models import Invoice, Issuer, Payment, Period, Subscription
from billing.paying import cards
from mailhub.tenancy.models import Tenant
from tests.realservers.stripe_contract import ContractServer, TestCard

_months = itertools.count()


def make_invoice(subscription: Subscription, *, at: datetime, minor: int = 4900, **fields: Any) -> Invoice:
    """Make an open invoice; `next_charge_at` says when a card is to be charged for it."""
    begins = at - timedelta(days=62 + 31 * next(_months))
    common: dict[str, Any] = {"tenant_id": subscription.tenant_id, "subscription": subscription}
    period = Period.objects.create(
        month=begins.date(),
        time_zone="UTC",
        begins=begins,
        ends=begins + timedelta(days=30),
        closed_at=at,
        currency="EUR",
        net_minor=minor,
        **common,
    )
    issuer = Issuer.objects.default()
    Issuer.objects.filter(pk=issuer.pk).update(last_number=issuer.last_number + 1)
    values: dict[str, Any] = {
        "issuer": issuer,
        "number": issuer.last_number + 1,
        "code": issuer.code_of(issuer.last_number + 1),
        "period": period,
        "issued_at": at,
        "issued_on": at.date(),
        "due_on": at.date() + timedelta(days=14),
        "seller": {"name": "mailhub"},
        "buyer": {"name": "Acme"},
        "currency": "EUR",
        "net_minor": minor,
        "total_minor": minor,
        **common,
        **fields,
    }
    made: Invoice = Invoice.objects.create(**values)
    return made


def give_card(
    tenant: Tenant, provider: ContractServer, gateway: Gateway, *, now: datetime, card: TestCard | None = None
) -> str:
    """Have somebody give a card on the provider's page and come back; return how the provider calls it."""
    page = cards.open_page(tenant, email="owner@acme.example", back_to="http://localhost:8000/back", gateway=gateway)
    provider.give_card(page.reference, card)
    kept = cards.take_in(tenant, page.reference, gateway=gateway, now=now)
    assert kept is not None
    return kept.reference


def payments_of(invoice: Invoice) -> list[Payment]:
    """Return the payments of an invoice, oldest first."""
    return list(Payment.objects.filter(invoice=invoice).order_by("created_at", "pk"))
