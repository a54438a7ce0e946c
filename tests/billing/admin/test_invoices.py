"""What the operator sees of invoices, and does with them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from billing import subscribing
from billing.models import Invoice, InvoiceLine, Payment
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from mailhub.tenancy.standing import Standing
from tests.billing.admin.conftest import look_again, queries_of
from tests.factories import make_tenant
from tests.walls.accounting import make_accounting

LIST = reverse("admin:billing_invoice_changelist")
WHY = {"reason": "As agreed on the telephone"}


def url_of(invoice: Invoice, deed: str = "") -> str:
    if deed:
        return reverse("admin:billing_invoice_act", args=[invoice.pk, deed])
    return reverse("admin:billing_invoice_look", args=[invoice.pk])


def transfer(**values: Any) -> dict[str, Any]:
    return {"amount": "49.00", "received_on": clock.now().date().isoformat(), "reference": "MH", **WHY, **values}


def make_overdue(invoice: Invoice, days: int = 3) -> None:
    with tenant_scope(invoice.tenant_id):
        Invoice.objects.filter(pk=invoice.pk).update(due_on=clock.now().date() - timedelta(days=days))


def test_the_list_shows_sums_by_currency_and_what_is_overdue_first(operator: Client, invoice: Invoice) -> None:
    other = make_tenant("Globex")
    with tenant_scope(other.pk):
        later = make_accounting(subscribing.first_subscription(), "Globex", at=clock.now()).invoice
    make_overdue(invoice)

    text = operator.get(LIST).content.decode()

    assert "€ 98.00" in text
    assert "Overdue" in text
    assert text.index(invoice.code) < text.index(later.code)


@pytest.mark.parametrize(
    ("query", "is_found"),
    [("q=Harbor", True), ("q=Nobody", False), ("due=overdue", False), ("due=open", True), ("q=%00", True)],
)
def test_invoices_are_found(operator: Client, invoice: Invoice, query: str, is_found: bool) -> None:
    answer = operator.get(f"{LIST}?{query}")

    assert answer.status_code == 200
    assert (invoice.code in answer.content.decode()) is is_found


def test_the_list_asks_as_much_for_many_as_for_one(operator: Client, invoice: Invoice) -> None:
    one = queries_of(operator, LIST)
    for number in range(5):
        tenant = make_tenant(f"Account {number}")
        with tenant_scope(tenant.pk):
            make_accounting(subscribing.first_subscription(), f"Account {number}", at=clock.now())

    assert queries_of(operator, LIST) == one


def test_a_document_shows_its_lines_evidence_and_payments(operator: Client, invoice: Invoice) -> None:
    text = operator.get(url_of(invoice)).content.decode()

    assert "Evidence: 1 mailbox" in text
    assert "Failed" in text
    assert "Book a transfer" in text


def test_a_document_that_is_not_there_is_not_found(operator: Client, invoice: Invoice) -> None:
    unknown = reverse("admin:billing_invoice_look", args=[new_id()])

    assert operator.get(unknown).status_code == 404
    assert operator.get(url_of(invoice, "no-such-deed")).status_code == 404


def test_a_transfer_is_shown_before_it_is_booked(operator: Client, invoice: Invoice) -> None:
    answer = operator.post(url_of(invoice, "transfer"), transfer(step="preview"))

    assert "€ 49.00 is booked as paid" in answer.content.decode()
    assert look_again(invoice).state == Invoice.State.OPEN


def test_a_transfer_that_is_confirmed_pays_the_invoice_and_is_logged(operator: Client, invoice: Invoice) -> None:
    answer = operator.post(url_of(invoice, "transfer"), transfer(step="do"))

    assert answer.headers["Location"] == url_of(invoice)
    assert look_again(invoice).state == Invoice.State.PAID
    entry = LogEntry.objects.get()
    assert "€ 49.00 was booked" in entry.change_message
    assert WHY["reason"] in entry.change_message


@pytest.mark.parametrize(
    "values",
    [
        {"amount": "49.01"},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"amount": "1.001"},
        {"amount": "\0"},
        {"received_on": "2999-01-01"},
        {"received_on": "garbage"},
        {"reason": ""},
        {"reference": "x" * 141},
        {"reference": "\0"},
    ],
)
def test_what_cannot_be_booked_is_refused_on_the_page(
    operator: Client, invoice: Invoice, values: dict[str, str]
) -> None:
    answer = operator.post(url_of(invoice, "transfer"), transfer(step="do", **values))

    assert answer.status_code == 422
    assert look_again(invoice).paid_minor == 0
    assert not LogEntry.objects.exists()


def test_booking_touches_the_standing_of_this_account_only(operator: Client, account: Tenant, invoice: Invoice) -> None:
    other = make_tenant("Globex")
    with tenant_scope(other.pk):
        owed = make_accounting(subscribing.first_subscription(), "Globex", at=clock.now()).invoice
    make_overdue(owed, days=100)
    make_overdue(invoice)
    Tenant.objects.filter(pk=account.pk).update(standing=Standing.OVERDUE)

    operator.post(url_of(invoice, "transfer"), transfer(step="do"))

    assert Tenant.objects.get(pk=account.pk).standing == Standing.GOOD


def test_an_invoice_is_made_void_by_a_credit_note_and_issued_anew(operator: Client, invoice: Invoice) -> None:
    operator.post(url_of(invoice, "void"), {**WHY, "step": "do"})
    again = operator.post(url_of(invoice, "reissue"), {**WHY, "step": "do"})

    assert look_again(invoice).state == Invoice.State.VOID
    assert again.status_code == 302
    with tenant_scope(invoice.tenant_id):
        assert Invoice.objects.filter(corrects=invoice).count() == 1
        assert Invoice.objects.filter(period=invoice.period, kind="invoice").count() == 2
    assert LogEntry.objects.count() == 2


def test_an_invoice_that_stands_is_not_issued_anew(operator: Client, invoice: Invoice) -> None:
    assert operator.post(url_of(invoice, "reissue"), {**WHY, "step": "do"}).status_code == 422


def test_part_of_a_line_is_credited(operator: Client, invoice: Invoice) -> None:
    answer = operator.post(url_of(invoice, "credit"), {**WHY, "line-1": "9.50", "step": "do"})

    assert answer.status_code == 302
    assert look_again(invoice).credited_minor == 950
    with tenant_scope(invoice.tenant_id):
        assert InvoiceLine.objects.get(invoice__corrects=invoice).net_minor == -950


@pytest.mark.parametrize("amount", ["", "0", "49.01", "-1"])
def test_more_than_is_left_is_not_credited(operator: Client, invoice: Invoice, amount: str) -> None:
    answer = operator.post(url_of(invoice, "credit"), {**WHY, "line-1": amount, "step": "do"})

    assert answer.status_code == 422
    assert look_again(invoice).credited_minor == 0


def test_an_invoice_is_written_off_once(operator: Client, invoice: Invoice) -> None:
    first = operator.post(url_of(invoice, "write-off"), {**WHY, "step": "do"})
    second = operator.post(url_of(invoice, "write-off"), {**WHY, "step": "do"})

    assert (first.status_code, second.status_code) == (302, 422)
    assert look_again(invoice).state == Invoice.State.WRITTEN_OFF


def test_an_invoice_with_a_payment_under_way_is_not_written_off(operator: Client, invoice: Invoice) -> None:
    with tenant_scope(invoice.tenant_id):
        Payment.objects.create(
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            method=Payment.Method.CARD,
            amount_minor=4900,
            currency="EUR",
            created_at=clock.now(),
        )

    answer = operator.post(url_of(invoice, "write-off"), {**WHY, "step": "do"})

    assert answer.status_code == 422
    assert look_again(invoice).state == Invoice.State.OPEN


def test_the_document_is_handed_out_as_pdf(operator: Client, invoice: Invoice) -> None:
    answer = operator.get(reverse("admin:billing_invoice_pdf", args=[invoice.pk]))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_a_credit_note_has_no_deeds(operator: Client, invoice: Invoice) -> None:
    operator.post(url_of(invoice, "void"), {**WHY, "step": "do"})
    with tenant_scope(invoice.tenant_id):
        note = Invoice.objects.get(corrects=invoice)

    assert operator.get(url_of(note)).status_code == 200
    assert operator.get(url_of(note, "void")).status_code == 404


def test_a_transfer_booked_by_mistake_is_taken_back_once(operator: Client, invoice: Invoice) -> None:
    operator.post(url_of(invoice, "transfer"), transfer(step="do"))
    with tenant_scope(invoice.tenant_id):
        wrong = Payment.objects.get(invoice=invoice, method=Payment.Method.TRANSFER)
    values = {**WHY, "payment": str(wrong.pk), "step": "do"}

    assert "Take back a transfer" in operator.get(url_of(invoice)).content.decode()
    first, second = (operator.post(url_of(invoice, "take-back"), values) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 422)
    assert (look_again(invoice).state, look_again(invoice).paid_minor) == (Invoice.State.OPEN, 0)


@pytest.mark.parametrize("payment", ["", "\0", "018f3a52-0000-7000-8000-000000000000", "garbage"])
def test_a_transfer_that_is_not_there_is_not_taken_back(operator: Client, invoice: Invoice, payment: str) -> None:
    answer = operator.post(url_of(invoice, "take-back"), {**WHY, "payment": payment, "step": "do"})

    assert answer.status_code == 422


def test_what_was_paid_too_much_is_booked_as_returned_and_no_more(operator: Client, invoice: Invoice) -> None:
    operator.post(url_of(invoice, "transfer"), transfer(step="do"))
    operator.post(url_of(invoice, "credit"), {**WHY, "line-1": "9.50", "step": "do"})
    values = {**WHY, "returned_on": clock.now().date().isoformat(), "step": "do"}

    assert "Book a return" in operator.get(url_of(invoice)).content.decode()
    too_much = operator.post(url_of(invoice, "return"), {**values, "amount": "9.51"})
    right = operator.post(url_of(invoice, "return"), {**values, "amount": "9.50"})

    assert (too_much.status_code, right.status_code) == (422, 302)
    assert look_again(invoice).balance.minor == 0
    assert "Book a return" not in operator.get(url_of(invoice)).content.decode()


def test_what_was_paid_too_much_by_card_goes_back_to_the_card(
    operator: Client, invoice: Invoice, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_desk"
    with tenant_scope(invoice.tenant_id):
        Payment.objects.create(
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            method=Payment.Method.CARD,
            state=Payment.State.SUCCEEDED,
            amount_minor=4900,
            currency="EUR",
            gateway_reference="pi_paid",
            created_at=clock.now(),
        )
        Invoice.objects.filter(pk=invoice.pk).update(state=Invoice.State.PAID, paid_minor=4900, credited_minor=950)

    with django_capture_on_commit_callbacks() as rung:
        answer = operator.post(url_of(invoice, "refund"), {**WHY, "step": "do"})
    again = operator.post(url_of(invoice, "refund"), {**WHY, "step": "do"})

    assert (answer.status_code, again.status_code) == (302, 422)
    assert len(rung) == 1
    with tenant_scope(invoice.tenant_id):
        going = Payment.objects.get(invoice=invoice, amount_minor__lt=0)
    assert (going.amount_minor, going.state, going.reference) == (-950, Payment.State.PENDING, "pi_paid")


def test_nothing_goes_back_to_a_card_that_paid_nothing(operator: Client, invoice: Invoice) -> None:
    assert operator.post(url_of(invoice, "refund"), {**WHY, "step": "do"}).status_code == 422
