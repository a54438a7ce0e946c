"""Invoices as tests of dunning need them: of a closed month, open, and due on some day."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from billing.models import Invoice, Issuer, Payment, Period, Subscription
from mailhub.tenancy.scope import tenant_scope

DUE = date(2026, 3, 1)
_numbers = itertools.count(1)


def at(late: int, hour: int = 12) -> datetime:
    """Return noon (UTC), so many days behind DUE."""
    return datetime.combine(DUE + timedelta(days=late), time(hour), UTC)


def make_invoice(subscription: Subscription, *, due_on: date = DUE, total_minor: int = 5831, **fields: Any) -> Invoice:
    number = next(_numbers)
    issued_at = datetime.combine(due_on - timedelta(days=14), time(6), UTC)
    month = date(1990 + number, 1, 1)
    common: dict[str, Any] = {"tenant_id": subscription.tenant_id, "subscription": subscription, "currency": "EUR"}
    with tenant_scope(subscription.tenant_id):
        period = Period.objects.create(
            month=month,
            time_zone="UTC",
            begins=issued_at - timedelta(days=30),
            ends=issued_at,
            closed_at=issued_at,
            net_minor=total_minor,
            **common,
        )
        issuer = Issuer.objects.default()
        values: dict[str, Any] = {
            "issuer": issuer,
            "number": number,
            "code": issuer.code_of(number),
            "period": period,
            "issued_at": issued_at,
            "issued_on": issued_at.date(),
            "due_on": due_on,
            "seller": {"name": issuer.name},
            "buyer": {"name": "Acme"},
            "net_minor": total_minor,
            "total_minor": total_minor,
            **common,
            **fields,
        }
        return Invoice.objects.create(**values)


def make_payment(invoice: Invoice, **fields: Any) -> Payment:
    """Make a payment of all that is left of an invoice, which is under way unless fields say else."""
    values: dict[str, Any] = {
        "method": Payment.Method.CARD,
        "amount_minor": invoice.balance.minor,
        "currency": invoice.currency,
        "created_at": invoice.issued_at,
        **fields,
    }
    with tenant_scope(invoice.tenant_id):
        return Payment.objects.create(tenant_id=invoice.tenant_id, invoice=invoice, **values)
