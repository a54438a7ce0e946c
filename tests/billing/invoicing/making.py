"""Invoices as tests of documents need them: issued through the real flow, of a closed month with a peak."""

from datetime import UTC, datetime, timedelta
from typing import Any

from billing.invoicing.issuing import issue
from billing.models import BillingProfile, Invoice, InvoiceLine, Issuer, Period, Subscription
from billing.profiles import profile_of
from billing.reckoning.bills import Bill, BillLine
from billing.reckoning.months import Month
from billing.reckoning.usage import Interval, Peak, Usage
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope

NOW = datetime(2026, 4, 1, 6, tzinfo=UTC)
MONTH = Month(2026, 3, "Europe/Berlin")


def set_issuer(**fields: Any) -> Issuer:
    """Let the issuer by default be somebody with a bank and a VAT id, and have those fields."""
    values: dict[str, Any] = {
        "name": "Mailhub Example GmbH",
        "address": "Harbour Street 1\n20457 Hamburg",
        "country": "DE",
        "vat_id": "DE999999995",
        "email": "billing@mailhub.example",
        "bank_holder": "Mailhub Example GmbH",
        "bank_name": "Example Bank",
        "iban": "DE06100000000000000017",
        "bic": "XMPLDEFFXXX",
        "footer": "Register: HRB 12345, Hamburg",
        **fields,
    }
    issuer = Issuer.objects.default()
    for name, value in values.items():
        setattr(issuer, name, value)
    issuer.save()
    return issuer


def set_profile(tenant: Tenant, **fields: Any) -> BillingProfile:
    with tenant_scope(tenant.pk):
        profile = profile_of(tenant)
        for name, value in fields.items():
            setattr(profile, name, value)
        profile.save()
        return profile


def make_invoice(
    subscription: Subscription,
    *,
    month: Month = MONTH,
    now: datetime = NOW,
    names: tuple[str, ...] = ("Support", "Sales", "Press"),
    rates: dict[str, int] | None = None,
) -> Invoice:
    """Issue the invoice of a month: a plan for 49.00, and overage of 3 mailboxes for 5.55 each."""
    tenant = Tenant.objects.get(pk=subscription.tenant_id)
    peak_at = month.begins + timedelta(days=10)
    evidence = tuple(Interval(new_id(), name, month.begins, None) for name in names)
    lines = (
        BillLine(f"Standard, {month}", month.day_count, 4900, 4900, month.begins, month.ends),
        BillLine(
            "3 mailboxes beyond 10 included", 3, 555, 1665, month.begins, month.ends, evidence=evidence, is_overage=True
        ),
    )
    usage = Usage(evidence, Peak(peak_at, 13, 10, 555))
    bill = Bill(month, month.begins, month.ends, "EUR", lines, usage)
    with tenant_scope(tenant.pk):
        period = Period.objects.create(
            tenant=tenant,
            subscription=subscription,
            month=month.first_day,
            time_zone=month.zone,
            begins=bill.begins,
            ends=bill.ends,
            closed_at=now,
            peak_at=peak_at,
            peak_active=13,
            peak_included=10,
            currency="EUR",
            net_minor=bill.net_minor,
        )
        return issue(
            period,
            bill,
            tenant=tenant,
            profile=profile_of(tenant),
            issuer=Issuer.objects.default(),
            rates=rates or {"DE": 1900, "FR": 2000},
            now=now,
        )


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    with tenant_scope(invoice.tenant_id):
        return list(InvoiceLine.objects.filter(invoice=invoice).select_related("invoice"))
