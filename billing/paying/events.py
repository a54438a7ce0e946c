"""Takes in what the payment provider tells (SECURITY B127): signed, once each, in any order.

An event says that something happened, and of what. What is true now is asked: so an old event, or one that overtook
another, can do no harm. It is noted only when its work is done; until then the provider sends it again.
"""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from billing.gateway.port import About, Event, Gateway, Outcome
from billing.models import GatewayEvent, Payment
from billing.paying import cards
from billing.paying.outcomes import write_down
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)

# Longer than the provider repeats an event.
_KEPT = timedelta(days=90)


def take_in(body: bytes, signature: str, *, gateway: Gateway, now: datetime) -> bool:
    """Do what an event asks for; False when it was done before. Raises EventRefused, and GatewayFailure for later."""
    event = gateway.read_event(body, signature, now=now)
    if GatewayEvent.objects.filter(event_id=event.event_id).exists():
        return False
    _follow(event, gateway=gateway, now=now)
    try:
        with transaction.atomic():
            GatewayEvent.objects.create(
                event_id=event.event_id, kind=event.kind, created_at=event.created_at, received_at=now
            )
    except IntegrityError:
        # The same event came twice at the same moment; what it asks for can be done twice.
        return False
    return True


def forget_old(*, now: datetime) -> int:
    """Forget events that nobody sends any more; return how many."""
    return GatewayEvent.objects.filter(received_at__lt=now - _KEPT).delete()[0]


def _follow(event: Event, *, gateway: Gateway, now: datetime) -> None:
    if event.about in (About.REFUND, About.DISPUTE):
        # Made in the provider's own pages, or by the bank of the card's holder: the operator decides what it means.
        log.warning("The payment provider tells of %s: %s (%s)", event.about, event.reference, event.kind)
    tenant = _tenant_of(event)
    if tenant is None:
        return
    with tenant_scope(tenant.pk):
        if event.about == About.CARD_PAGE:
            cards.take_in(tenant, event.reference, gateway=gateway, now=now)
        elif event.about in (About.PAYMENT, About.REFUND):
            _follow_payment(event, gateway=gateway, now=now)


def _follow_payment(event: Event, *, gateway: Gateway, now: datetime) -> None:
    payment_id = _uuid(event.payment_id)
    payment = Payment.objects.filter(pk=payment_id, method=Payment.Method.CARD).first() if payment_id else None
    if payment is None or payment.state == Payment.State.SUCCEEDED:
        return
    # Of a payment page the page is asked, on which somebody may try a second card after the first was refused.
    reference = payment.gateway_reference or (event.reference if _may_be_named(payment, event) else "")
    if not reference:
        return
    answer = gateway.charge_of(reference)
    # One that was called failed is brought back by money only.
    if payment.state != Payment.State.FAILED or answer.outcome == Outcome.SUCCEEDED:
        write_down(payment.pk, answer, now=now)


def _may_be_named(payment: Payment, event: Event) -> bool:
    """Whether what the event is about is the payment itself, not a charge that belongs to it."""
    return event.reference.startswith(("pi_", "cs_") if payment.amount_minor > 0 else "re_")


def _tenant_of(event: Event) -> Tenant | None:
    account_id = _uuid(event.account_id)
    return Tenant.objects.filter(public_id=account_id).first() if account_id else None


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
