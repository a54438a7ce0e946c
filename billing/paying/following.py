"""Finds out how payments ended of which nothing was heard: a crash, a lost event, a provider that did not answer."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from billing.gateway.port import KEYS_LAST, Charge, Gateway, Outcome
from billing.models import Invoice, Payment
from billing.paying import charging, refunds
from billing.paying.outcomes import write_down
from billing.profiles import profile_of

log = logging.getLogger(__name__)

# So long the provider's events and the worker that asked have time; longer than any request lasts.
SILENCE = timedelta(minutes=10)
# Clocks differ: a charge that was made by our clock a moment later may be older by the provider's.
_SLACK = timedelta(minutes=10)


def follow(payment_id: uuid.UUID, *, gateway: Gateway, now: datetime) -> None:
    """Ask how a payment of the tenant in scope stands, and write it down. Raises GatewayFailure."""
    payment = Payment.objects.under_way().select_related("invoice", "tenant").filter(pk=payment_id).first()
    if payment is None or payment.method != Payment.Method.CARD:
        return
    if payment.amount_minor < 0:
        refunds.follow(payment, gateway=gateway, now=now)
        return
    answer = _answer(payment, gateway=gateway, now=now)
    if answer is not None:
        write_down(payment.pk, answer, now=now)


def _answer(payment: Payment, *, gateway: Gateway, now: datetime) -> Charge | None:
    """Return how a payment stands; None where that was written down on the way."""
    if payment.gateway_reference and _is_wanted(payment):
        return gateway.charge_of(payment.gateway_reference)
    if payment.gateway_reference:
        return gateway.withdraw(payment.gateway_reference)
    found = _found(payment, gateway=gateway)
    if found is not None:
        return found
    if payment.made_by:
        # Nobody has seen the page: its address was lost with the crash.
        return Charge("", Outcome.FAILED, "The payment page was not opened.")
    if now - payment.created_at > KEYS_LAST:
        return Charge("", Outcome.FAILED, "The payment provider knows of no such payment.")
    if not _is_wanted(payment):
        return Charge("", Outcome.FAILED, "The invoice was paid in another way.")
    charging.ask_provider(payment, gateway=gateway, now=now)
    return None


def _found(payment: Payment, *, gateway: Gateway) -> Charge | None:
    customer = profile_of(payment.tenant).gateway_customer
    if not customer:
        return None
    since = payment.created_at - _SLACK
    return gateway.find_charge(customer, payment_id=str(payment.pk), since=since)


def _is_wanted(payment: Payment) -> bool:
    """Whether the invoice still is to be paid so much: otherwise the provider takes no money any more."""
    invoice = payment.invoice
    return invoice.state == Invoice.State.OPEN and invoice.balance.minor >= payment.amount_minor
