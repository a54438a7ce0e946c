"""What a subscription was billed: a closed month, its invoice with a line, a payment and a reminder."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from billing.models import BillingProfile, Invoice, InvoiceLine, Issuer, Payment, Period, Reminder, Subscription
from mailhub.lib.ids import new_id
from mailhub.tenancy.rows import TenantModel

# One row for each account, whatever its mailboxes are.
OF_THE_ACCOUNT: tuple[type[TenantModel], ...] = (BillingProfile,)


@dataclass(frozen=True)
class Accounting:
    """One row of each kind; all of them are for who may see what the account pays."""

    invoice: Invoice
    payment: Payment


def make_accounting(subscription: Subscription, label: str, *, at: datetime) -> Accounting:
    """Add an open invoice of a month long ago."""
    common: dict[str, Any] = {"tenant_id": subscription.tenant_id}
    BillingProfile.objects.get_or_create(**common)
    begins = at - timedelta(days=60)
    period = Period.objects.create(
        subscription=subscription,
        month=begins.date().replace(day=1),
        time_zone="UTC",
        begins=begins,
        ends=begins + timedelta(days=30),
        closed_at=at,
        currency="EUR",
        net_minor=4900,
        **common,
    )
    issuer = Issuer.objects.default()
    number = issuer.last_number + 1
    Issuer.objects.filter(pk=issuer.pk).update(last_number=number)
    invoice = Invoice.objects.create(
        issuer=issuer,
        number=number,
        code=issuer.code_of(number),
        subscription=subscription,
        period=period,
        issued_at=at,
        issued_on=at.date(),
        # Due in a time to come: the account stands as any other.
        due_on=date(2100, 1, 1),
        seller={"name": "mailhub"},
        buyer={"name": label},
        currency="EUR",
        net_minor=4900,
        total_minor=4900,
        posted_at=at,
        **common,
    )
    InvoiceLine.objects.create(
        invoice=invoice,
        position=1,
        kind=InvoiceLine.Kind.PLAN,
        words=label,
        quantity=30,
        unit_minor=4900,
        net_minor=4900,
        begins=period.begins,
        ends=period.ends,
        evidence=[
            {"mailbox_id": str(new_id()), "mailbox_name": label, "begins": period.begins.isoformat(), "ends": None}
        ],
        **common,
    )
    payment = Payment.objects.create(
        invoice=invoice,
        method=Payment.Method.CARD,
        state=Payment.State.FAILED,
        amount_minor=4900,
        currency="EUR",
        gateway_reference=label,
        failure=label,
        created_at=at,
        settled_at=at,
        **common,
    )
    Reminder.objects.create(invoice=invoice, kind=label, sent_at=at, **common)
    return Accounting(invoice, payment)
