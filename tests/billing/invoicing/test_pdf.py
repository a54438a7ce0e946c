"""What documents look like as PDF, and what they say (SPEC B4)."""

import re
import zlib

import pytest

from billing.invoicing import keeping
from billing.invoicing.contents import contents_of, written_iban
from billing.invoicing.crediting import credit
from billing.invoicing.pdf import pdf_of
from billing.models import Invoice, Issuer, Subscription
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from tests.billing.invoicing.making import NOW, lines_of, make_invoice, set_issuer, set_profile
from tests.factories import Cast

_HOSTILE = (
    '#panic("x") $a^2$ *bold* _it_ `raw` <label> @ref // no comment',
    '"quotes" \\ and "] ] ] )) }} #emph[',
    "A" * 120,
    "Coffee 🎉👩‍👩‍👧 House",
    "קפה עברי وقهوة عربية",
    "‮gpj.exe‬ \x07\x1b[31m\x85‏",
    "咖啡有限公司",
    "lone \ud800 surrogate",
    '#read("/etc/passwd") #import "@preview/x:1.0.0"',
)


def test_the_document_is_an_archived_pdf(invoice: Invoice) -> None:
    document = pdf_of(invoice, lines_of(invoice))

    assert document.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in _unpacked(document)


def test_the_same_document_gives_the_same_bytes(invoice: Invoice) -> None:
    assert pdf_of(invoice, lines_of(invoice)) == pdf_of(invoice, lines_of(invoice))


@pytest.mark.parametrize("name", _HOSTILE)
def test_whatever_a_name_contains_is_only_text(name: str, subscription: Subscription, issuer: Issuer) -> None:
    invoice = make_invoice(subscription, names=(name.encode("utf-8", "replace").decode(), "Sales"))
    invoice.seller["footer"] = invoice.buyer["address"] = name
    invoice.buyer["name"] = invoice.seller["name"] = name

    document = pdf_of(invoice, lines_of(invoice))

    assert document.startswith(b"%PDF")
    assert _page_count(document) in (2, 3)


def test_many_mailboxes_go_on_over_several_pages(subscription: Subscription, issuer: Issuer) -> None:
    invoice = make_invoice(subscription, names=tuple(f"Mailbox {number}" for number in range(300)))

    assert _page_count(pdf_of(invoice, lines_of(invoice))) > 5


def test_it_says_what_the_directive_asks_for(cast: Cast, subscription: Subscription, issuer: Issuer) -> None:
    set_profile(cast.tenant, company="Acme SARL", address="1 rue du Port\n13002 Marseille", country="FR", vat_id="FR1")
    invoice = make_invoice(subscription)

    contents = contents_of(invoice, lines_of(invoice))

    facts = dict(contents.facts)
    assert contents.seller["vat_id"] == "DE999999995"
    assert contents.buyer == {
        "name": "Acme SARL",
        "address": ["1 rue du Port", "13002 Marseille", "France"],
        "vat_id": "FR1",
        "email": "",
    }
    assert facts["Number"] == invoice.code
    assert facts["Date of issue"] == "1 April 2026"
    assert facts["Period of service"] == "1 March 2026 to 31 March 2026"
    assert contents.lines == [
        ("Standard, March 2026", "1 month", "€ 49.00 a month", "€ 49.00"),
        ("3 mailboxes beyond 10 included", "3 mailboxes", "€ 5.55 a month", "€ 16.65"),
    ]
    assert contents.sums == [("Net amount", "€ 65.65"), ("Value added tax 0 %", "€ 0.00")]
    assert "Reverse charge" in contents.notes[0]


def test_the_tax_of_the_country_is_shown_with_its_rate(invoice: Invoice) -> None:
    contents = contents_of(invoice, lines_of(invoice))

    assert contents.sums[1] == ("Value added tax 19 %", "€ 12.47")
    assert contents.total == ("Total", "€ 78.12")


def test_every_line_that_rests_on_mailboxes_names_them(invoice: Invoice) -> None:
    annex = contents_of(invoice, lines_of(invoice)).annex

    assert annex is not None
    assert annex["lead"][0] == (
        "Most mailboxes at once were active on 11 March 2026, 00:00: 13, of which 10 are included in the plan."
    )
    assert annex["groups"][0]["rows"][0] == ("Support", "1 March 2026, 00:00", "the end of the month")


def test_it_says_how_to_pay(invoice: Invoice) -> None:
    contents = contents_of(invoice, lines_of(invoice))

    assert contents.payment == ["Please transfer € 78.12 by 15 April 2026 to:"]
    assert dict(contents.payment_facts)["IBAN"] == "DE06 1000 0000 0000 0000 17"
    assert dict(contents.payment_facts)["Reference"] == invoice.code


def test_what_a_card_pays_is_not_asked_for_by_transfer(invoice: Invoice) -> None:
    invoice.next_charge_at = NOW
    charged = contents_of(invoice, lines_of(invoice))
    invoice.state, invoice.next_charge_at = Invoice.State.PAID, None
    paid = contents_of(invoice, lines_of(invoice))

    assert "will be charged to the card" in charged.payment[0]
    assert "is paid" in paid.payment[0]
    assert charged.payment_facts == paid.payment_facts == []


def test_a_void_invoice_asks_for_nothing(invoice: Invoice) -> None:
    """Where it was made void before its document was first made."""
    Invoice.objects.filter(pk=invoice.pk).update(state=Invoice.State.VOID)

    contents = contents_of(invoice.refreshed(), lines_of(invoice))

    assert contents.payment == ["This invoice is void. There is nothing to pay."]
    assert contents.payment_facts == []


def test_a_credit_note_names_what_it_takes_back(invoice: Invoice) -> None:
    plan, _overage = lines_of(invoice)
    note = credit(invoice, lines={plan.pk: 900}, reason="Two days of outage", by="op", now=NOW)

    contents = contents_of(note, lines_of(note))

    assert contents.title == f"Credit note {note.code}"
    assert contents.lead == [
        f"This credit note takes back a part of invoice {invoice.code} of 1 April 2026.",
        "Reason: Two days of outage",
    ]
    assert contents.lines == [("Taken back: Standard, March 2026", "1", "€ 9.00", "-€ 9.00")]
    assert pdf_of(note, lines_of(note)).startswith(b"%PDF")


def test_the_document_is_kept_as_it_was_first_made(invoice: Invoice) -> None:
    first = keeping.document_of(invoice)
    set_issuer(name="Renamed GmbH")
    with tenant_scope(invoice.tenant_id):
        Invoice.objects.filter(pk=invoice.pk).update(state=Invoice.State.PAID)
        again = keeping.document_of(invoice)

    assert again == first


def test_it_is_stored_sealed_and_no_sweep_takes_it_for_an_orphan(invoice: Invoice, cast: Cast) -> None:
    document = keeping.document_of(invoice)

    digest = invoice.refreshed().pdf_blob
    assert blobs.get(invoice.tenant_id, digest) == document
    assert keeping.names_blob(invoice.tenant_id, digest)
    with tenant_scope(cast.other_tenant.pk):
        assert not keeping.names_blob(cast.other_tenant.pk, digest)


def test_a_lost_file_is_made_anew(invoice: Invoice) -> None:
    document = keeping.document_of(invoice)
    blobs.delete(invoice.tenant_id, invoice.refreshed().pdf_blob)

    assert keeping.document_of(invoice) == document


def test_a_file_name_has_letters_digits_and_dashes(invoice: Invoice) -> None:
    invoice.code = 'R/26"\n-000001'

    assert keeping.file_name_of(invoice) == "invoice-R-26---000001.pdf"


def test_an_iban_stands_in_groups_of_four() -> None:
    assert written_iban("DE06 100000000000000017") == "DE06 1000 0000 0000 0000 17"


def _page_count(document: bytes) -> int:
    return max(int(number) for number in re.findall(rb"/Type/Pages/Count (\d+)", document))


def _unpacked(document: bytes) -> bytes:
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL)
    return document + b"".join(_inflated(one) for one in streams)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""
