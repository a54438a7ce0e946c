"""Gives back by card what was paid by card and credited afterwards: a payment of less than nothing."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum

from billing.gateway.port import KEYS_LAST, Charge, Gateway, GatewayFailure, GatewayRefused, Outcome
from billing.models import Invoice, Payment
from billing.money import Money
from billing.paying.outcomes import write_down

log = logging.getLogger(__name__)


class NotRefundable(Exception):
    """Nothing, or not so much, was paid by card and not given back yet; the message says so to the operator."""


def refund(invoice_id: uuid.UUID, *, made_by: str, gateway: Gateway, now: datetime) -> Payment:
    """Give back what was paid too much of an invoice of the tenant in scope, to the card that it came from.

    Where several payments make up the sum, the newest that is large enough is taken, else what it holds; the rest needs
    a further call. Raises NotRefundable; what the provider says is written down in the payment that is returned.
    """
    payment = begin(invoice_id, made_by=made_by, now=now)
    _ask(payment, gateway=gateway, now=now)
    return payment.refreshed()


def refundable(invoice: Invoice) -> Money:
    """Return how much would go back to a card; nothing for an invoice that is not paid too much, or by transfer."""
    source = _source(invoice)
    return Money(
        min(-invoice.balance.minor, source[1]) if source and invoice.balance.minor < 0 else 0, invoice.currency
    )


def follow(payment: Payment, *, gateway: Gateway, now: datetime) -> None:
    """Ask how money that goes back stands, or ask once more for it with the same key."""
    if payment.gateway_reference:
        write_down(payment.pk, gateway.charge_of(payment.gateway_reference), now=now)
        return
    found = gateway.find_refund(payment.reference, payment_id=str(payment.pk))
    if found is not None:
        write_down(payment.pk, found, now=now)
    elif now - payment.created_at > KEYS_LAST:
        write_down(payment.pk, Charge("", Outcome.FAILED, "The payment provider knows of no such refund."), now=now)
    else:
        _ask(payment, gateway=gateway, now=now)


def begin(invoice_id: uuid.UUID, *, made_by: str, now: datetime) -> Payment:
    """Write the row of money that goes back; `follow` asks the provider once it is committed. Raises NotRefundable."""
    try:
        with transaction.atomic():
            rows = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("tenant")
            invoice: Invoice = rows.get(pk=invoice_id)
            amount, source = refundable(invoice), _source(invoice)
            if amount.minor <= 0 or source is None:
                raise NotRefundable("Nothing was paid too much by card.")
            payment: Payment = Payment.objects.create(
                tenant=invoice.tenant,
                invoice=invoice,
                method=Payment.Method.CARD,
                amount_minor=-amount.minor,
                currency=amount.currency,
                made_by=made_by,
                # The payment that it goes back from.
                reference=source[0].gateway_reference,
                created_at=now,
            )
            return payment
    except IntegrityError:
        raise NotRefundable("Another payment of this invoice is under way.") from None


def _source(invoice: Invoice) -> tuple[Payment, int] | None:
    """Return the payment by card from which most can go back, and how much that is."""
    paid = Payment.objects.filter(invoice=invoice, method=Payment.Method.CARD, state=Payment.State.SUCCEEDED)
    gone_back = dict(
        paid.filter(amount_minor__lt=0).values_list("reference").annotate(Sum("amount_minor")).order_by("reference")
    )
    left = [
        (one, one.amount_minor + gone_back.get(one.gateway_reference, 0))
        for one in paid.filter(amount_minor__gt=0).exclude(gateway_reference="").order_by("created_at")
    ]
    return max(left, key=lambda pair: pair[1], default=None)


def _ask(payment: Payment, *, gateway: Gateway, now: datetime) -> None:
    try:
        answer = gateway.refund(
            payment.reference,
            -payment.amount,
            payment_id=str(payment.pk),
            account_id=str(payment.tenant.public_id),
        )
    except GatewayRefused as refused:
        answer = Charge("", Outcome.FAILED, str(refused))
    except GatewayFailure as failure:
        log.warning("The payment provider did not say how refund %s ended: %s", payment.pk, failure)
        return
    write_down(payment.pk, answer, now=now)
