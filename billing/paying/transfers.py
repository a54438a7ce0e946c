"""Bank transfers, as the operator books them from the bank's statement."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from billing.invoicing.crediting import held_invoice
from billing.invoicing.refusing import Refused
from billing.models import Invoice, Payment
from billing.money import Money
from billing.paying.settling import book
from mailhub.lib.headers import clean_header
from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)

_OPEN = (Invoice.State.OPEN, Invoice.State.WRITTEN_OFF)


def book_transfer(
    invoice: Invoice,
    *,
    amount: Money,
    received_on: date,
    reference: str,
    by: str,
    now: datetime,
    is_another: bool = False,
) -> Payment:
    """Book money that came for an open invoice, or for one that was given up.

    `reference` is what the bank's statement says. What stands there already with this day and reference is refused,
    unless `is_another` says that it truly came twice. Raises Refused.
    """
    reference = clean_header(reference)[:140]
    with tenant_scope(invoice.tenant_id), transaction.atomic():
        held = held_invoice(invoice.pk)
        if held.state not in _OPEN:
            raise Refused(f"{held.code} is {held.get_state_display().lower()}: nothing is to be paid for it.")
        _refuse_amount(held, amount, most=held.balance, words="is to be paid. Book that much, and return the rest")
        _refuse_day(received_on, now=now)
        if not is_another and _booked(held, reference, received_on) > 0:
            raise Refused(
                f"A transfer of {received_on:%-d %B %Y} with this reference is booked for {held.code} already. "
                "Say that it is another one, if the statement shows both."
            )
        if held.state == Invoice.State.WRITTEN_OFF:
            # It was given up too early.
            Invoice.objects.filter(pk=held.pk).update(state=Invoice.State.OPEN)
        return _write(held, amount, on=received_on, reference=reference, by=by, now=now)


def repay(invoice: Invoice, *, amount: Money, returned_on: date, reference: str, by: str, now: datetime) -> Payment:
    """Book that money went back which was paid beyond what is left of an invoice. Raises Refused."""
    with tenant_scope(invoice.tenant_id), transaction.atomic():
        held = held_invoice(invoice.pk)
        if Payment.objects.filter(invoice=held).under_way().exists():
            raise Refused(f"A payment of {held.code} is under way. Wait until it has ended.")
        _refuse_amount(held, amount, most=-held.balance, words="has to go back")
        _refuse_day(returned_on, now=now)
        return _write(held, -amount, on=returned_on, reference=clean_header(reference)[:140], by=by, now=now)


def reverse_transfer(payment: Payment, *, by: str, now: datetime) -> Payment:
    """Take back a transfer that was booked by mistake, or that the bank took back; the invoice is open again.

    Both rows stay. Raises Refused.
    """
    with tenant_scope(payment.tenant_id), transaction.atomic():
        held = held_invoice(payment.invoice_id)
        wrong: Payment = Payment.objects.get(pk=payment.pk)
        is_transfer = wrong.method == Payment.Method.TRANSFER and wrong.state == Payment.State.SUCCEEDED
        if not is_transfer or wrong.amount_minor <= 0 or wrong.received_on is None:
            raise Refused("Only transfers that came in are taken back here.")
        if _booked(held, wrong.reference, wrong.received_on) < wrong.amount_minor:
            raise Refused(f"This transfer of {held.code} was taken back already.")
        return _write(held, -wrong.amount, on=wrong.received_on, reference=wrong.reference, by=by, now=now)


def _refuse_amount(held: Invoice, amount: Money, *, most: Money, words: str) -> None:
    if amount.currency != held.currency:
        raise Refused(f"{held.code} is in {held.currency}, and {amount} is not.")
    if amount.minor <= 0:
        raise Refused("Give an amount above nothing.")
    if amount.minor > most.minor:
        raise Refused(f"Of {held.code} only {Money(max(most.minor, 0), held.currency)} {words}.")


def _refuse_day(day: date, *, now: datetime) -> None:
    # Somewhere on earth it is tomorrow already.
    if day > (now + timedelta(hours=14)).date():
        raise Refused(f"{day:%-d %B %Y} is still to come.")


def _booked(held: Invoice, reference: str, day: date) -> int:
    """Return how much is booked with a reference and a day, less what of it was taken back."""
    rows = Payment.objects.filter(
        invoice=held,
        method=Payment.Method.TRANSFER,
        state=Payment.State.SUCCEEDED,
        reference=reference,
        received_on=day,
    )
    return int(rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _write(held: Invoice, amount: Money, *, on: date, reference: str, by: str, now: datetime) -> Payment:
    payment: Payment = Payment.objects.create(
        tenant_id=held.tenant_id,
        invoice=held,
        method=Payment.Method.TRANSFER,
        state=Payment.State.SUCCEEDED,
        amount_minor=amount.minor,
        currency=held.currency,
        reference=reference,
        received_on=on,
        made_by=by[:254],
        created_at=now,
        settled_at=now,
    )
    book(held.pk, amount.minor, now=now)
    log.info("%s booked a transfer of %s for %s.", by, amount, held.code)
    return payment
