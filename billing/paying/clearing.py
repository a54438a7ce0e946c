"""Ends a payment that waits for a person, so that another one can be begun."""

import uuid
from datetime import datetime

from billing.gateway.port import Gateway, Outcome
from billing.models import Payment
from billing.paying import settling
from billing.paying.outcomes import write_down


def clear_way(invoice_id: uuid.UUID, *, gateway: Gateway, now: datetime) -> bool:
    """End what is under way of an invoice where it waits for a person; False when the money may be on its way.

    Raises GatewayFailure when the provider cannot be told to take no money for it any more.
    """
    payment = Payment.objects.under_way().filter(invoice=invoice_id).first()
    if payment is None:
        return True
    waits = bool(payment.made_by) or payment.state == Payment.State.NEEDS_PERSON
    if payment.method != Payment.Method.CARD or payment.amount_minor < 0 or not waits:
        return False
    if payment.gateway_reference:
        answer = gateway.withdraw(payment.gateway_reference)
        if answer.outcome in (Outcome.SUCCEEDED, Outcome.PENDING):
            write_down(payment.pk, answer, now=now)
            return False
    # Nobody is told, and no further try follows from it: another payment takes its place.
    settling.fail(payment.pk, failure="Another payment was begun instead.", now=now)
    return True
