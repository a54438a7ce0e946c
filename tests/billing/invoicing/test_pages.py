"""The pages of documents."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing.invoicing import listing
from billing.invoicing.crediting import credit
from billing.models import Invoice, Payment, Subscription
from billing.money import Money
from billing.paying.transfers import book_transfer
from mailhub.tenancy.scope import tenant_scope
from tests.billing.invoicing.making import MONTH, NOW, lines_of, make_invoice
from tests.factories import Cast, signed_in

LIST = reverse("billing:invoice-list")


def detail(invoice: Invoice) -> str:
    return reverse("billing:invoice-detail", args=[invoice.pk])


def test_the_list_says_how_each_stands(owner: Client, invoice: Invoice) -> None:
    text = owner.get(LIST).content.decode()

    assert invoice.code in text
    assert "€ 78.12" in text
    assert "Overdue by" in text


def test_filters_show_what_they_say(owner: Client, invoice: Invoice, subscription: Subscription) -> None:
    paid = make_invoice(subscription, month=MONTH.next)
    book_transfer(paid, amount=paid.total, received_on=NOW.date(), reference="MH", by="op", now=NOW)

    shown = {
        show: [one.code for one in owner.get(LIST, {"show": show}).context["page"].rows]
        for show in ("", "open", "overdue", "paid")
    }

    assert shown["open"] == shown["overdue"] == [invoice.code]
    assert shown["paid"] == [paid.code]
    assert shown[""] == [paid.code, invoice.code]
    assert owner.get(LIST, {"show": "garbage"}).status_code == 404


def test_no_card_is_asked_for_where_cards_are_not_offered(owner: Client, invoice: Invoice) -> None:
    text = owner.get(detail(invoice)).content.decode()

    assert "By bank transfer" in text
    assert reverse("billing:invoice-pay", args=[invoice.pk]) not in text


def test_an_account_without_invoices_is_told_when_they_come(owner: Client) -> None:
    assert "No invoices yet" in owner.get(LIST).content.decode()


def test_pages_follow_one_another_in_a_fixed_number_of_queries(
    owner: Client,
    subscription: Subscription,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    month, made = MONTH, []
    for number in range(5):
        made.append(make_invoice(subscription, month=month, now=NOW + timedelta(days=number // 2)).code)
        month = month.next
    monkeypatch.setattr(listing, "PAGE_SIZE", 3)

    first = owner.get(LIST).context["page"]
    second = owner.get(LIST, {"before": str(first.next_before)}).context["page"]

    assert [one.code for one in (*first.rows, *second.rows)] == made[::-1]
    assert second.next_before is None
    with django_assert_max_num_queries(9):
        owner.get(LIST)


@pytest.mark.parametrize("before", ["garbage", "0198c0de-0000-7000-8000-000000000000"])
def test_a_place_that_is_none_is_not_found(owner: Client, before: str) -> None:
    assert owner.get(LIST, {"before": before}).status_code == 404


def test_the_page_of_an_invoice_has_all_that_it_rests_on(owner: Client, invoice: Invoice) -> None:
    with tenant_scope(invoice.tenant_id):
        Payment.objects.create(
            tenant_id=invoice.tenant_id,
            invoice=invoice,
            method=Payment.Method.CARD,
            state=Payment.State.FAILED,
            amount_minor=7812,
            currency="EUR",
            failure="Your card was declined.",
            created_at=NOW,
        )

    text = owner.get(detail(invoice)).content.decode()

    assert "3 mailboxes counted" in text
    assert "Press" in text
    assert "Your card was declined." in text
    assert "DE06 1000 0000 0000 0000 17" in text
    assert f'data-copy="{invoice.code}"' in text


def test_money_that_has_to_go_back_is_said(owner: Client, invoice: Invoice) -> None:
    book_transfer(invoice, amount=invoice.total, received_on=NOW.date(), reference="MH", by="op", now=NOW)
    plan, _overage = lines_of(invoice)
    note = credit(invoice, lines={plan.pk: 900}, reason="Outage <b>", by="op", now=NOW)

    text = owner.get(detail(invoice)).content.decode()

    assert str(Money(1071, "EUR")) in text
    assert "it goes back to you" in text
    assert "Outage &lt;b&gt;" in text
    assert detail(note) in text
    assert owner.get(detail(note)).status_code == 200


def test_the_pdf_is_downloaded_as_a_file(owner: Client, invoice: Invoice) -> None:
    answer = owner.get(reverse("billing:invoice-pdf", args=[invoice.pk]))

    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="invoice-{invoice.code}.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("route", ["billing:invoice-detail", "billing:invoice-pdf"])
def test_others_and_members_see_nothing_of_it(cast: Cast, invoice: Invoice, route: str) -> None:
    url = reverse(route, args=[invoice.pk])

    assert signed_in(cast.stranger).get(url).status_code == 404
    assert signed_in(cast.member).get(url).status_code == 403
