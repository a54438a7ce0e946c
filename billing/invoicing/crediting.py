"""Credit notes: documents of their own that take back some or all of an invoice."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from billing.invoicing.numbering import take_number
from billing.invoicing.refusing import Refused
from billing.models import Invoice, InvoiceLine
from billing.money import Money
from billing.paying.settling import follow_balance
from billing.reckoning.tax import Tax
from mailhub.lib.headers import clean_header
from mailhub.tenancy.scope import tenant_scope

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Creditable:
    """A line of an invoice, and how much of it no credit note has taken back yet, without tax."""

    line: InvoiceLine
    left_minor: int

    @property
    def left(self) -> Money:
        return Money(self.left_minor, self.line.invoice.currency)


def creditable_of(invoice: Invoice) -> list[Creditable]:
    """Return the lines of an invoice with what is left of each, in two queries."""
    with tenant_scope(invoice.tenant_id):
        taken: dict[int, int] = defaultdict(int)
        # A line of a credit note stands in the place of the line that it takes back.
        rows = InvoiceLine.objects.filter(invoice__corrects=invoice).values_list("position", "net_minor")
        for position, net_minor in rows:
            taken[position] += net_minor
        lines = InvoiceLine.objects.filter(invoice=invoice).select_related("invoice")
        return [Creditable(line, line.net_minor + taken[line.position]) for line in lines]


def credit(invoice: Invoice, *, lines: Mapping[uuid.UUID, int], reason: str, by: str, now: datetime) -> Invoice:
    """Take back amounts of some lines: `lines` are minor units without tax, by the id of the line. Return the document.

    The tax is the one of the invoice. It is reckoned on all that was taken back so far, so that cents lost by rounding
    come back with the last part, and the whole is exactly what was invoiced. Raises Refused.
    """
    with tenant_scope(invoice.tenant_id), transaction.atomic():
        held = held_invoice(invoice.pk)
        if held.state == Invoice.State.VOID:
            raise Refused(f"{held.code} is void: nothing of it is left to take back.")
        return write_credit_note(held, lines, reason=reason, by=by, now=now)


def held_invoice(invoice_id: uuid.UUID) -> Invoice:
    """Lock an invoice until the end of the transaction. Raises Refused for a credit note."""
    # Rows that point to it may be written meanwhile: they wait for its key alone.
    rows = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("period")
    held: Invoice = rows.get(pk=invoice_id)
    if held.kind != Invoice.Kind.INVOICE:
        raise Refused(f"{held.code} is a credit note: only invoices are taken back or paid.")
    return held


def write_credit_note(
    held: Invoice, amounts: Mapping[uuid.UUID, int], *, reason: str, by: str, now: datetime
) -> Invoice:
    """Write the document of an invoice that the caller has locked. Raises Refused."""
    reason = clean_header(reason)
    if not reason:
        raise Refused("Say why: the reason stands on the credit note.")
    taken = _taken(held, amounts)
    net_minor = sum(amount for _one, amount in taken)
    tax_minor = _tax_of(held, net_minor)
    note = Invoice(
        tenant_id=held.tenant_id,
        kind=Invoice.Kind.CREDIT_NOTE,
        state=Invoice.State.ISSUED,
        issuer_id=held.issuer_id,
        subscription_id=held.subscription_id,
        period=held.period,
        corrects=held,
        reason=reason[:300],
        issued_at=now,
        issued_on=(issued_on := now.astimezone(ZoneInfo(held.period.time_zone)).date()),
        due_on=issued_on,
        # The parties of the document that it takes back, also when one of them has moved since.
        seller=held.seller,
        buyer=held.buyer,
        currency=held.currency,
        net_minor=-net_minor,
        tax_rate=held.tax_rate,
        tax_note=held.tax_note,
        tax_minor=-tax_minor,
        total_minor=-(net_minor + tax_minor),
    )
    Invoice.objects.filter(pk=held.pk).update(credited_minor=F("credited_minor") + net_minor + tax_minor)
    follow_balance(held.pk, now=now)
    # Last of all: from here on nobody else gets a number of this issuer.
    note.number, note.code = take_number(held.issuer_id)
    note.save(force_insert=True)
    InvoiceLine.objects.bulk_create(_line(note, one, amount) for one, amount in taken)
    log.info("%s takes back %s of %s, by %s.", note.code, -note.total, held.code, by)
    return note


def _taken(held: Invoice, amounts: Mapping[uuid.UUID, int]) -> list[tuple[Creditable, int]]:
    creditable = {one.line.pk: one for one in creditable_of(held)}
    if unknown := amounts.keys() - creditable.keys():
        raise Refused(f"{held.code} has no line {min(map(str, unknown))}.")
    taken = [(one, amounts[pk]) for pk, one in creditable.items() if amounts.get(pk)]
    if not taken:
        raise Refused("Nothing is to be taken back: give at least one line an amount.")
    for one, amount in taken:
        if amount < 0:
            raise Refused("What is taken back is an amount above nothing.")
        if amount > one.left_minor:
            asked = Money(amount, held.currency)
            raise Refused(f"Of “{one.line.words}” only {one.left} are left, and {asked} cannot be taken back.")
    return taken


def _tax_of(held: Invoice, net_minor: int) -> int:
    notes: Iterable[tuple[int, int]] = Invoice.objects.filter(corrects=held).values_list("net_minor", "tax_minor")
    before = list(notes)
    net_before, tax_before = -sum(net for net, _tax in before), -sum(tax for _net, tax in before)
    return Tax(held.tax_rate).of(net_before + net_minor) - tax_before


def _line(note: Invoice, one: Creditable, amount: int) -> InvoiceLine:
    line = one.line
    is_whole = amount == line.net_minor and line.unit_minor * line.quantity == amount
    words = f"Taken back: {line.words}"
    return InvoiceLine(
        tenant_id=note.tenant_id,
        invoice=note,
        position=line.position,
        kind=InvoiceLine.Kind.CREDIT,
        words=words if len(words) <= _WORDS_LENGTH else f"{words[: _WORDS_LENGTH - 1]}…",
        quantity=line.quantity if is_whole else 1,
        unit_minor=line.unit_minor if is_whole else amount,
        net_minor=-amount,
        begins=line.begins,
        ends=line.ends,
    )


_WORDS_LENGTH = 200
