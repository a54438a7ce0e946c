"""Charges the card that an account keeps, for an invoice that is due to be charged.

The row of the payment is committed before the provider is asked, and its id is the key: whoever asks again, after a
crash too, gets the answer of the first time. One payment of an invoice is under way at a time; the database sees to it.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from billing.gateway.port import Charge, Gateway, GatewayFailure, GatewayRefused, Outcome
from billing.models import BillingProfile, Invoice, Payment
from billing.paying.clearing import clear_way
from billing.paying.outcomes import write_down
from billing.profiles import profile_of
from mailhub.lib.failpoints import failpoint

log = logging.getLogger(__name__)

# So long somebody has who pays on a page of the provider's.
_BUSY = timedelta(minutes=75)


@dataclass(frozen=True)
class Ask:
    """What the provider is asked for: the same for one payment, however often."""

    payment: Payment
    customer: str
    card: str
    words: str
    account_id: str


def charge(invoice_id: uuid.UUID, *, gateway: Gateway, now: datetime) -> bool:
    """Charge the card for an invoice of the tenant in scope that is due to be charged; False when nothing is to do.

    Where the provider did not answer, the payment stays under way, and `following` asks how it stands.
    """
    waiting = Payment.objects.filter(invoice=invoice_id, state=Payment.State.NEEDS_PERSON, made_by="")
    if waiting.filter(invoice__next_charge_at__lte=now).exists() and not clear_way(
        invoice_id, gateway=gateway, now=now
    ):
        return False
    payment = _begin(invoice_id, now=now)
    if payment is None:
        return False
    failpoint("charging.before_provider")
    ask_provider(payment, gateway=gateway, now=now)
    return True


def ask_provider(payment: Payment, *, gateway: Gateway, now: datetime) -> None:
    """Ask for the money of a payment that is under way, for the first time or once more, and write down the answer."""
    asked = ask_of(payment)
    if asked is None:
        write_down(payment.pk, Charge("", Outcome.FAILED, "There is no card any more."), now=now)
        return
    try:
        answer = gateway.charge(
            asked.customer,
            asked.card,
            payment.amount,
            words=asked.words,
            payment_id=str(payment.pk),
            account_id=asked.account_id,
        )
    except GatewayRefused as refused:
        answer = Charge("", Outcome.FAILED, str(refused))
    except GatewayFailure as failure:
        log.warning("The payment provider did not say how payment %s ended: %s", payment.pk, failure)
        return
    failpoint("charging.before_commit")
    write_down(payment.pk, answer, now=now)


def ask_of(payment: Payment) -> Ask | None:
    """Return what to ask for; None while the account keeps no card."""
    profile = profile_of(payment.tenant)
    if not profile.has_card or not profile.gateway_customer:
        return None
    return Ask(
        payment=payment,
        customer=profile.gateway_customer,
        card=profile.gateway_card,
        words=words_of(payment.invoice),
        account_id=str(payment.tenant.public_id),
    )


def words_of(invoice: Invoice) -> str:
    """Return what stands beside the amount at the provider, and on some statements of cards."""
    return f"Invoice {invoice.code}"


def _begin(invoice_id: uuid.UUID, *, now: datetime) -> Payment | None:
    """Commit a payment of what is still to be paid, and take the invoice off the list of those to charge."""
    try:
        with transaction.atomic():
            rows = Invoice.objects.open().filter(kind=Invoice.Kind.INVOICE, next_charge_at__lte=now)
            invoice = (
                rows.select_for_update(of=("self",), no_key=True).select_related("tenant").filter(pk=invoice_id).first()
            )
            if invoice is None:
                return None
            Invoice.objects.filter(pk=invoice.pk).update(next_charge_at=None)
            profile = profile_of(invoice.tenant)
            if profile.method != BillingProfile.Method.CARD or not profile.has_card or invoice.balance.minor <= 0:
                return None
            return open_payment(invoice, now=now)
    except IntegrityError:
        # Somebody pays it on the provider's page at this moment, or another worker charges it. Should that fail, it is
        # this invoice's turn again.
        due = Invoice.objects.open().filter(pk=invoice_id, next_charge_at__lte=now)
        due.update(next_charge_at=now + _BUSY)
        return None


def open_payment(invoice: Invoice, *, made_by: str = "", now: datetime) -> Payment:
    """Write the row of a payment by card of all that is open. Raises IntegrityError while another one is under way."""
    payment: Payment = Payment.objects.create(
        tenant=invoice.tenant,
        invoice=invoice,
        method=Payment.Method.CARD,
        amount_minor=invoice.balance.minor,
        currency=invoice.currency,
        made_by=made_by,
        created_at=now,
    )
    return payment
