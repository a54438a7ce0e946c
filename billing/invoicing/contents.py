"""What a document says, as plain texts in the order in which they stand on paper (SPEC B4).

An invoice has everything that article 226 of Directive 2006/112/EC asks for: day of issue (point 1), number (2),
both VAT ids (3, 4), names and addresses (5), quantity and nature (6), when the service was given (7), net amounts and
prices without tax (8), rate (9), tax (10), and why there is none (11, 11a). A credit note names the document that it
takes back (article 219). What is said here depends on what is kept of the document, never on today's settings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from billing import countries
from billing.models import Invoice, InvoiceLine
from billing.money import Money
from billing.reckoning.usage import Interval
from mailhub.lib.headers import clean_header


@dataclass(frozen=True)
class Contents:
    """A document in words. A `fact` is a label and what stands beside it."""

    title: str
    kind: str
    seller: dict[str, Any]
    buyer: dict[str, Any]
    facts: list[tuple[str, str]]
    # What a credit note takes back, and why.
    lead: list[str]
    # Words, quantity, price and amount.
    lines: list[tuple[str, str, str, str]]
    sums: list[tuple[str, str]]
    total: tuple[str, str]
    notes: list[str]
    payment: list[str]
    payment_facts: list[tuple[str, str]]
    footer: list[str]
    annex: dict[str, Any] | None


def contents_of(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Contents:
    """Return what a document says. `lines` are in their order; the rows that it names are read."""
    return Contents(
        title=f"{invoice.get_kind_display()} {invoice.code}",
        kind=invoice.get_kind_display(),
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer),
        facts=_facts(invoice, lines),
        lead=_lead(invoice),
        lines=[_line(line) for line in lines],
        sums=[("Net amount", str(invoice.net)), (f"Value added tax {invoice.tax_percent}", str(invoice.tax))],
        total=("Total", str(invoice.total)),
        notes=[invoice.tax_note] if invoice.tax_note else [],
        payment=_payment(invoice),
        payment_facts=_payment_facts(invoice) if _is_transferred(invoice) else [],
        footer=_text_lines(invoice.seller.get("footer", "")),
        annex=_annex(invoice, lines),
    )


def written_day(day: date) -> str:
    """For instance "1 March 2026"."""
    return f"{day:%-d %B %Y}"


def written_iban(iban: str) -> str:
    """Return an IBAN in groups of four, as it stands on paper (ISO 13616)."""
    packed = re.sub(r"\s", "", iban)
    return " ".join(packed[start : start + 4] for start in range(0, len(packed), 4))


def quantity_of(line: InvoiceLine) -> str:
    """Return how much of a thing a line is about."""
    if line.kind == InvoiceLine.Kind.OVERAGE:
        return f"{line.quantity} mailbox{'' if line.quantity == 1 else 'es'}"
    if line.kind == InvoiceLine.Kind.CREDIT:
        return str(line.quantity)
    if line.net_minor == line.unit_minor:
        return "1 month"
    return f"{line.quantity} day{'' if line.quantity == 1 else 's'}"


def _party(party: dict[str, str]) -> dict[str, Any]:
    country = party.get("country", "")
    address = _text_lines(party.get("address", ""))
    return {
        "name": clean_header(party.get("name", "")),
        "address": [*address, countries.name_of(country)] if country else address,
        "vat_id": clean_header(party.get("vat_id", "")),
        "email": clean_header(party.get("email", "")),
    }


def _facts(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[tuple[str, str]]:
    facts = [("Number", invoice.code), ("Date of issue", written_day(invoice.issued_on))]
    if invoice.corrects is not None:
        facts.append(("Takes back", f"{invoice.corrects.code} of {written_day(invoice.corrects.issued_on)}"))
    else:
        facts.append(("Due on", written_day(invoice.due_on)))
    if lines:
        zone = ZoneInfo(invoice.period.time_zone)
        begins, ends = min(line.begins for line in lines), max(line.ends for line in lines)
        facts.append(("Period of service", _days(begins, ends, zone)))
    if reference := clean_header(invoice.buyer.get("reference", "")):
        facts.append(("Your reference", reference))
    return facts


def _days(begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    first, last = begins.astimezone(zone).date(), (ends - timedelta(microseconds=1)).astimezone(zone).date()
    return written_day(first) if first == last else f"{written_day(first)} to {written_day(last)}"


def _lead(invoice: Invoice) -> list[str]:
    if invoice.corrects is None:
        return []
    first = invoice.corrects
    is_whole = -invoice.total_minor == first.total_minor
    what = "the whole" if is_whole else "a part"
    lead = [f"This credit note takes back {what} of invoice {first.code} of {written_day(first.issued_on)}."]
    if invoice.reason:
        lead.append(f"Reason: {clean_header(invoice.reason)}")
    return lead


def _line(line: InvoiceLine) -> tuple[str, str, str, str]:
    price = str(line.unit) if line.kind == InvoiceLine.Kind.CREDIT else f"{line.unit} a month"
    return clean_header(line.words), quantity_of(line), price, str(line.net)


def _payment(invoice: Invoice) -> list[str]:
    if invoice.corrects is not None:
        return [
            f"The amount is set off against invoice {invoice.corrects.code}. "
            "What was already paid beyond what is left of it comes back to you."
        ]
    if invoice.state == Invoice.State.PAID:
        return ["This invoice is paid. There is nothing to do."]
    if invoice.state == Invoice.State.VOID:
        return ["This invoice is void. There is nothing to pay."]
    if invoice.next_charge_at is not None:
        return [f"{invoice.total} will be charged to the card that you gave us. There is nothing to do."]
    if not invoice.seller.get("iban"):
        return [f"Please pay {invoice.total} by {written_day(invoice.due_on)}."]
    return [f"Please transfer {invoice.total} by {written_day(invoice.due_on)} to:"]


def _is_transferred(invoice: Invoice) -> bool:
    is_over = invoice.corrects is not None or invoice.state in (Invoice.State.PAID, Invoice.State.VOID)
    return not is_over and invoice.next_charge_at is None and bool(invoice.seller.get("iban"))


def _payment_facts(invoice: Invoice) -> list[tuple[str, str]]:
    seller = invoice.seller
    facts = [
        ("Account holder", seller.get("bank_holder") or seller.get("name", "")),
        ("IBAN", written_iban(seller.get("iban", ""))),
        ("BIC", seller.get("bic", "")),
        ("Bank", seller.get("bank_name", "")),
        ("Reference", invoice.code),
    ]
    return [(label, clean_header(value)) for label, value in facts if value]


def _annex(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, Any] | None:
    """Return which mailboxes were counted, from when to when (SPEC B3); None where no line rests on any."""
    counted = [line for line in lines if line.evidence]
    if not counted:
        return None
    period = invoice.period
    zone = ZoneInfo(period.time_zone)
    lead = [f"Times are those of {period.time_zone}."]
    if period.peak_at is not None:
        lead.insert(
            0,
            f"Most mailboxes at once were active on {_moment(period.peak_at, zone)}: {period.peak_active}, "
            f"of which {period.peak_included} are included in the plan.",
        )
    groups = [
        {
            "title": clean_header(line.words),
            "amount": str(Money(line.net_minor, invoice.currency)),
            "rows": [interval_words(one, zone) for one in line.evidence],
        }
        for line in counted
    ]
    return {"lead": lead, "groups": groups}


def interval_words(evidence: dict[str, str | None], zone: ZoneInfo) -> tuple[str, str, str]:
    """Return a mailbox, from when and until when it counted, on the clock of the month."""
    one = Interval.from_json(evidence)
    until = _moment(one.ends, zone) if one.ends else "the end of the month"
    return clean_header(one.mailbox_name), _moment(one.begins, zone), until


def _moment(when: datetime, zone: ZoneInfo) -> str:
    return f"{when.astimezone(zone):%-d %B %Y, %H:%M}"


def _text_lines(text: str) -> list[str]:
    return [cleaned for line in text.splitlines() if (cleaned := clean_header(line))]
