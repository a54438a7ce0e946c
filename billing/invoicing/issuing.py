"""Makes an invoice of a closed month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.invoicing.numbering import take_number
from billing.invoicing.parties import buyer_of, seller_of, tax_for
from billing.models import BillingProfile, Invoice, InvoiceLine, Issuer, Period
from billing.reckoning.bills import Bill, BillLine
from mailhub.tenancy.models import Tenant


def issue(
    period: Period,
    bill: Bill,
    *,
    tenant: Tenant,
    profile: BillingProfile,
    issuer: Issuer,
    rates: Mapping[str, int],
    now: datetime,
) -> Invoice:
    """Issue the invoice of a closed month, with the next number of its issuer. Its day is the account's own.

    Raises IntegrityError when the month has one that is not void, and RateUnknown.
    """
    tax = tax_for(issuer, profile, rates)
    tax_minor = tax.of(bill.net_minor)
    issued_on = now.astimezone(ZoneInfo(bill.month.zone)).date()
    invoice = Invoice(
        tenant_id=tenant.pk,
        issuer=issuer,
        subscription_id=period.subscription_id,
        period=period,
        issued_at=now,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=issuer.payment_days),
        seller=seller_of(issuer),
        buyer=buyer_of(tenant, profile),
        currency=bill.currency,
        net_minor=bill.net_minor,
        tax_rate=tax.rate,
        tax_note=tax.note,
        tax_minor=tax_minor,
        total_minor=bill.net_minor + tax_minor,
        next_charge_at=now if profile.method == BillingProfile.Method.CARD and profile.has_card else None,
    )
    with transaction.atomic(savepoint=False):
        invoice.number, invoice.code = take_number(issuer.pk)
        invoice.save(force_insert=True)
        InvoiceLine.objects.bulk_create(_line(invoice, number, line) for number, line in enumerate(bill.lines, 1))
    return invoice


def _line(invoice: Invoice, position: int, line: BillLine) -> InvoiceLine:
    return InvoiceLine(
        tenant_id=invoice.tenant_id,
        invoice=invoice,
        position=position,
        kind=InvoiceLine.Kind.OVERAGE if line.is_overage else InvoiceLine.Kind.PLAN,
        words=line.words,
        quantity=line.quantity,
        unit_minor=line.unit_minor,
        net_minor=line.net_minor,
        begins=line.begins,
        ends=line.ends,
        evidence=[one.as_json for one in line.evidence],
    )
