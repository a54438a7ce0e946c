"""Says of a payment how it ended, and of its invoice what is paid. Both once, whoever tells it and however often."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import F

from billing.dunning.reviewing import review
from billing.models import Invoice, Payment

_UNDER_WAY = (Payment.State.PENDING, Payment.State.NEEDS_PERSON)


def succeed(payment_id: uuid.UUID, *, reference: str = "", now: datetime) -> bool:
    """Book the money of a payment on its invoice; False when that was done before.

    A payment that was called failed before counts as well: what the provider took is ours, and no second try runs.
    """
    with transaction.atomic():
        payment = hold(payment_id)
        if payment.state == Payment.State.SUCCEEDED:
            return False
        payment.state, payment.settled_at, payment.failure = Payment.State.SUCCEEDED, now, ""
        payment.gateway_reference = reference or payment.gateway_reference
        payment.save(update_fields=["state", "settled_at", "failure", "gateway_reference"])
        book(payment.invoice_id, payment.amount_minor, now=now)
    return True


def hold(payment_id: uuid.UUID) -> Payment:
    """Lock the invoice of a payment, then the payment, until the end of the transaction.

    Whoever begins a payment has the invoice first, too: so none waits for a row of another who waits for this one's.
    """
    invoice_id = Payment.objects.values_list("invoice", flat=True).get(pk=payment_id)
    Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=invoice_id)
    held: Payment = Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment_id)
    return held


def fail(payment_id: uuid.UUID, *, failure: str, now: datetime) -> bool:
    """Keep that a payment failed, in the provider's words; False when it had ended before."""
    rows = Payment.objects.filter(pk=payment_id, state__in=_UNDER_WAY)
    return bool(rows.update(state=Payment.State.FAILED, failure=failure[:500], settled_at=now))


def book(invoice_id: uuid.UUID, amount_minor: int, *, now: datetime) -> None:
    """Add money to what is paid of an invoice (below nothing: money that went back), and see how the account stands.

    To be called in the transaction that records where the money is from.
    """
    Invoice.objects.filter(pk=invoice_id).update(paid_minor=F("paid_minor") + amount_minor)
    follow_balance(invoice_id, now=now)


def follow_balance(invoice_id: uuid.UUID, *, now: datetime) -> None:
    """Let the state of an invoice follow what is paid and credited of it: paid where nothing is left, else open.

    So it is for one that was written off, too, where the money came after all.
    """
    invoice: Invoice = Invoice.objects.select_for_update(of=("self",), no_key=True).get(pk=invoice_id)
    if invoice.state in (Invoice.State.OPEN, Invoice.State.WRITTEN_OFF) and invoice.balance.minor <= 0:
        invoice.state, invoice.settled_at, invoice.next_charge_at = Invoice.State.PAID, now, None
    elif invoice.state == Invoice.State.PAID and invoice.balance.minor > 0:
        invoice.state, invoice.settled_at = Invoice.State.OPEN, None
    else:
        return
    invoice.save(update_fields=["state", "settled_at", "next_charge_at"])
    review(invoice.tenant_id, now=now)
