"""A document as its page shows it: what it says, what was counted, and what has been paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from billing.invoicing.contents import Contents, contents_of, interval_words, quantity_of, written_iban
from billing.models import Invoice, InvoiceLine, Payment
from billing.money import Money


@dataclass(frozen=True)
class Pill:
    """How a document stands: a colour of the design system, and a word."""

    kind: str
    word: str


def pill_of(invoice: Invoice, *, today: date) -> Pill:
    """Return how a document stands on the account's day `today`."""
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return Pill("neutral", "Credit note")
    if invoice.is_overdue(today=today):
        late = (today - invoice.due_on).days
        return Pill("needs", f"Overdue by {late} day{'' if late == 1 else 's'}")
    if invoice.state == Invoice.State.PAID and invoice.credited_minor >= invoice.total_minor:
        return Pill("off", "Taken back")
    return _BY_STATE[Invoice.State(invoice.state)]


@dataclass(frozen=True)
class ShownLine:
    """A line, and the mailboxes behind it: name, from when, until when."""

    line: InvoiceLine
    quantity: str
    intervals: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Shown:
    """All that the page of a document needs, read in a fixed number of queries."""

    invoice: Invoice
    pill: Pill
    lines: list[ShownLine]
    contents: Contents
    payments: list[Payment]
    credit_notes: list[Invoice]
    # Another invoice of the same month, where this one is void, or that one is.
    others: list[Invoice]

    @property
    def to_return(self) -> Money | None:
        """Money that has to go back, because more was paid than is left of the invoice."""
        is_invoice = self.invoice.kind == Invoice.Kind.INVOICE
        return -self.invoice.balance if is_invoice and self.invoice.balance.minor < 0 else None

    @property
    def is_to_pay(self) -> bool:
        is_open = self.invoice.kind == Invoice.Kind.INVOICE and self.invoice.state == Invoice.State.OPEN
        return is_open and self.invoice.balance.minor > 0

    @property
    def under_way(self) -> Payment | None:
        waiting = (Payment.State.PENDING, Payment.State.NEEDS_PERSON)
        return next((one for one in self.payments if one.state in waiting), None)

    @property
    def iban(self) -> str:
        return written_iban(self.invoice.seller.get("iban", ""))

    @property
    def paid(self) -> Money:
        return Money(self.invoice.paid_minor, self.invoice.currency)

    @property
    def credited(self) -> Money:
        return Money(self.invoice.credited_minor, self.invoice.currency)


def shown(invoice: Invoice, *, today: date) -> Shown:
    """Return what the page of a document needs; its period and the invoice that it takes back are read with it."""
    lines = list(InvoiceLine.objects.filter(invoice=invoice).select_related("invoice"))
    contents, zone = contents_of(invoice, lines), ZoneInfo(invoice.period.time_zone)
    same_month = Invoice.objects.filter(period=invoice.period_id, kind=Invoice.Kind.INVOICE).exclude(pk=invoice.pk)
    return Shown(
        invoice=invoice,
        pill=pill_of(invoice, today=today),
        lines=[_line(one, zone) for one in lines],
        contents=contents,
        payments=list(Payment.objects.filter(invoice=invoice).order_by("created_at", "id")),
        credit_notes=list(Invoice.objects.filter(corrects=invoice).order_by("number")),
        others=list(same_month.order_by("number")) if invoice.kind == Invoice.Kind.INVOICE else [],
    )


def _line(line: InvoiceLine, zone: ZoneInfo) -> ShownLine:
    return ShownLine(line, quantity_of(line), [interval_words(one, zone) for one in line.evidence])


_BY_STATE = {
    Invoice.State.OPEN: Pill("waits", "Open"),
    Invoice.State.PAID: Pill("works", "Paid"),
    Invoice.State.VOID: Pill("off", "Void"),
    Invoice.State.WRITTEN_OFF: Pill("off", "Written off"),
    Invoice.State.ISSUED: Pill("neutral", "Issued"),
}
