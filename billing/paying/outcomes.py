"""Writes down how a payment by card stands, whoever heard of it: the worker that charged, an event, or a look."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from billing.gateway.port import Charge, Outcome
from billing.models import Invoice, Payment
from billing.paying import settling, telling

# Days after the first try on which a card is tried again.
RETRY_DAYS = (0, 3, 5, 7)
_SOONEST = timedelta(days=1)


def write_down(payment_id: uuid.UUID, charge: Charge, *, now: datetime) -> None:
    """Keep how a payment stands. What was written down already changes nothing and is told to nobody again."""
    match charge.outcome:
        case Outcome.SUCCEEDED:
            settling.succeed(payment_id, reference=charge.reference, now=now)
        case Outcome.FAILED:
            _fail(payment_id, charge, now=now)
        case Outcome.NEEDS_PERSON:
            _wait_for_person(payment_id, charge, now=now)
        case Outcome.PENDING:
            keep_reference(payment_id, charge.reference)


def keep_reference(payment_id: uuid.UUID, reference: str) -> None:
    """Keep how the provider calls a payment that is under way, so that it can be asked for."""
    if reference:
        rows = Payment.objects.under_way().filter(pk=payment_id)
        rows.exclude(gateway_reference=reference).update(gateway_reference=reference)


def _fail(payment_id: uuid.UUID, charge: Charge, *, now: datetime) -> None:
    with transaction.atomic():
        settling.hold(payment_id)
        keep_reference(payment_id, charge.reference)
        if not settling.fail(payment_id, failure=charge.failure, now=now):
            return
        payment = Payment.objects.select_related("invoice__issuer").get(pk=payment_id)
        if not _concerns_card(payment):
            return
        again_at = next_try_at(payment.invoice)
        Invoice.objects.open().filter(pk=payment.invoice_id).update(next_charge_at=again_at)
        telling.tell_of_failure(payment, again_at=again_at)


def _concerns_card(payment: Payment) -> bool:
    """Whether the card that is kept was refused for money that is still owed.

    A person who did not pay on the provider's page knows it, and money that did not go back is the operator's matter.
    """
    return payment.invoice.state == Invoice.State.OPEN and not payment.made_by and payment.amount_minor > 0


def _wait_for_person(payment_id: uuid.UUID, charge: Charge, *, now: datetime) -> None:
    with transaction.atomic():
        waiting = Payment.objects.filter(pk=payment_id, state=Payment.State.PENDING)
        if not waiting.update(state=Payment.State.NEEDS_PERSON, failure=charge.failure[:500]):
            return
        keep_reference(payment_id, charge.reference)
        payment = Payment.objects.select_related("invoice__issuer").get(pk=payment_id)
        if not payment.made_by:
            telling.tell_of_confirmation(payment)


def next_try_at(invoice: Invoice) -> datetime | None:
    """Return when the card is tried next, by the tries that there were; None after the last one."""
    tries = Payment.objects.filter(invoice=invoice, method=Payment.Method.CARD, amount_minor__gt=0, made_by="")
    begun = list(tries.order_by("created_at").values_list("created_at", flat=True))
    if not begun or len(begun) >= len(RETRY_DAYS):
        return None
    # After days on which nothing ran, several would be due at once.
    return max(begun[0] + timedelta(days=RETRY_DAYS[len(begun)]), begun[-1] + _SOONEST)
