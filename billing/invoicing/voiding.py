"""Takes an invoice back as a whole, and issues another one for its month."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from billing.drafting import changes_of, holdings_of
from billing.dunning.reviewing import review
from billing.invoicing.crediting import creditable_of, held_invoice, write_credit_note
from billing.invoicing.issuing import issue
from billing.invoicing.parties import rates_on
from billing.invoicing.refusing import Refused
from billing.models import Invoice, Issuer, Payment, Period
from billing.profiles import profile_of
from billing.reckoning.bills import Bill, bill_of
from billing.reckoning.months import Month
from billing.reckoning.tax import RateUnknown
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope


def void(invoice: Invoice, *, reason: str, by: str, now: datetime) -> Invoice:
    """Take back all that is left of an open invoice of which nothing was paid; return the credit note.

    It is never asked for again, and its month may be invoiced anew. Raises Refused.
    """
    with tenant_scope(invoice.tenant_id), transaction.atomic():
        held = held_invoice(invoice.pk)
        _refuse_unless_unpaid(held)
        # Before the credit note, or the state would follow its balance and become paid.
        held.state, held.settled_at, held.next_charge_at = Invoice.State.VOID, now, None
        held.save(update_fields=["state", "settled_at", "next_charge_at"])
        review(held.tenant_id, now=now)
        rest = {one.line.pk: one.left_minor for one in creditable_of(held)}
        return write_credit_note(held, rest, reason=reason, by=by, now=now)


def reissue(invoice: Invoice, *, now: datetime) -> Invoice:
    """Issue a new invoice for the month of a void one, counted anew from the ledger, to today's billing details.

    Raises Refused.
    """
    with tenant_scope(invoice.tenant_id), transaction.atomic():
        # Two people at once: the second one waits here, and then finds the invoice of the first.
        period: Period = Period.objects.select_for_update(of=("self",)).get(pk=invoice.period_id)
        rows = Invoice.objects.filter(period=period, kind=Invoice.Kind.INVOICE)
        standing = rows.exclude(state=Invoice.State.VOID).first()
        if standing is not None:
            raise Refused(f"{period.month:%B %Y} has the invoice {standing.code}: void it first.")
        tenant = Tenant.objects.get(pk=period.tenant_id)
        profile = profile_of(tenant)
        bill = _bill_of(period)
        try:
            return issue(
                period,
                bill,
                tenant=tenant,
                profile=profile,
                issuer=profile.issuer or Issuer.objects.default(),
                rates=rates_on((bill.ends - timedelta(microseconds=1)).astimezone(ZoneInfo(bill.month.zone)).date()),
                now=now,
            )
        except RateUnknown as error:
            raise Refused(str(error)) from error


def _refuse_unless_unpaid(held: Invoice) -> None:
    if held.state != Invoice.State.OPEN:
        raise Refused(f"{held.code} is {held.get_state_display().lower()}: only open invoices are made void.")
    if held.paid_minor:
        raise Refused(f"Some of {held.code} was paid. Issue a credit note instead, and return the money.")
    # Whoever starts a payment waits for the lock of the invoice, and then finds it void. One that waits for the holder
    # of the card might wait for ever: the provider is told to take no money for it (billing.paying.following).
    if Payment.objects.filter(invoice=held, state=Payment.State.PENDING).exists():
        raise Refused(f"A payment of {held.code} is under way. Wait until it has ended.")


def _bill_of(period: Period) -> Bill:
    """Count a closed month again: nothing was written into its ledger since."""
    subscription = period.subscription
    return bill_of(
        holdings_of(subscription),
        changes_of(subscription),
        Month(period.month.year, period.month.month, period.time_zone),
        begins=period.begins,
        ends=period.ends,
        currency=period.currency,
    )
