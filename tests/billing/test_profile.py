"""Billing details: whom documents are made out to, and what is said of the tax that follows."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from billing import countries
from billing.invoicing.parties import buyer_of
from billing.models import BillingProfile, Issuer, TaxRate
from billing.profiles import profile_of
from mailhub.tenancy.permissions import Role
from tests.factories import Cast, make_person, signed_in

pytestmark = pytest.mark.usefixtures("scope")

DETAILS, TAX = reverse("billing:profile-change"), reverse("billing:profile-tax")
TYPED = {
    "company": "Acme Ltd",
    "address": "1 Example Street\r\n\r\n  10115 Berlin ",
    "country": "DE",
    "vat_id": "de 123 456 788",
    "email": "invoices@acme.example",
    "reference": "PO 2026-7",
}


@pytest.fixture(autouse=True)
def issuer(scope: None) -> Issuer:
    """Who bills: a business in Germany."""
    Issuer.objects.filter(is_default=True).update(name="Seller GmbH", country="DE", vat_id="DE123456788")
    return Issuer.objects.default()


def _shown(client: Client, **typed: str) -> str:
    answer = client.post(TAX, {**TYPED, **typed})
    assert answer.status_code == 200
    return answer.content.decode()


def test_details_are_kept_as_documents_have_them(cast: Cast, owner: Client) -> None:
    answer = owner.post(DETAILS, TYPED)

    assert answer.status_code == 302
    assert buyer_of(cast.tenant, profile_of(cast.tenant)) == {
        "name": "Acme Ltd",
        "address": "1 Example Street\n10115 Berlin",
        "country": "DE",
        "vat_id": "DE123456788",
        "reference": "PO 2026-7",
    }
    assert profile_of(cast.tenant).email == "invoices@acme.example"


def test_what_is_not_on_the_form_stays(cast: Cast, owner: Client) -> None:
    BillingProfile.objects.create(tenant=cast.tenant, gateway_customer="cus_1", method="card")

    owner.post(DETAILS, {**TYPED, "gateway_customer": "cus_2", "method": "transfer", "issuer": "7"})

    kept = profile_of(cast.tenant)
    assert (kept.company, kept.gateway_customer, kept.method, kept.issuer) == ("Acme Ltd", "cus_1", "card", None)


def test_all_may_be_left_empty(cast: Cast, owner: Client) -> None:
    owner.post(DETAILS, TYPED)

    answer = owner.post(DETAILS, dict.fromkeys(TYPED, ""))

    assert answer.status_code == 302
    assert buyer_of(cast.tenant, profile_of(cast.tenant))["name"] == cast.tenant.name


def test_owners_alone_see_and_change_it(cast: Cast) -> None:
    administrator = signed_in(make_person(cast.tenant, Role.ADMINISTRATOR))

    answers = [
        browser.post(url, TYPED).status_code
        for browser in (administrator, signed_in(cast.member))
        for url in (DETAILS, TAX)
    ]

    assert answers == [403] * 4
    assert DETAILS not in administrator.get(reverse("billing:plan")).content.decode()
    assert not BillingProfile.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"vat_id": "DE123456789"}, "check digit"),
        ({"country": "FR"}, "VAT id of Germany, but the country is France"),
        ({"country": ""}, "Choose the country that the VAT id is of"),
        ({"country": "EU"}, "Choose a country from the list"),
        ({"country": "XX"}, "Choose a country from the list"),
        ({"vat_id": "1" * 41}, "at most 40 characters"),
        ({"company": "x" * 121}, "at most 120 characters"),
        ({"company": "a\x00b"}, "Null characters are not allowed"),
        ({"address": "x" * 401}, "at most 400 characters"),
        ({"address": "\n".join("1234567")}, "at most 6 lines"),
        ({"email": "nobody"}, "Enter a valid e-mail address"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "Enter a valid e-mail address"),
        ({"reference": "x" * 61}, "at most 60 characters"),
    ],
)
def test_what_cannot_stand_on_a_document_is_refused_in_words(owner: Client, fields: dict[str, str], words: str) -> None:
    answer = owner.post(DETAILS, {**TYPED, **fields})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not BillingProfile.objects.exists()


def test_no_field_begins_a_new_line_or_turns_its_text_around(cast: Cast, owner: Client) -> None:
    owner.post(
        DETAILS,
        {
            **TYPED,
            "company": "Acme\r\nBcc: x@y.example\u202e",
            "reference": "PO\t1\x0b\x85",
            "address": "1\u2028st\x0b\n\x1b[31mRoad",
        },
    )

    kept = profile_of(cast.tenant)
    assert kept.company == "Acme Bcc: x@y.example"
    assert kept.reference == "PO 1"
    assert kept.address == "1\nst\n[31mRoad"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, ["19 % value added tax", "with a VAT id or without"]),
        ({"country": "", "vat_id": ""}, ["19 % value added tax", "No country is chosen"]),
        ({"country": "FR", "vat_id": ""}, ["20 % value added tax", "tax of France", "With a VAT id no tax is charged"]),
        ({"country": "FR", "vat_id": "FR11123456782"}, ["No tax", "Reverse charge"]),
        ({"country": "GR", "vat_id": "GR 123456783"}, ["No tax", "Reverse charge", "EL123456783"]),
        ({"country": "CH", "vat_id": ""}, ["No tax", "Switzerland is outside the European Union"]),
        # What is wrong does not count.
        ({"country": "FR", "vat_id": "FR12"}, ["20 % value added tax"]),
        ({"country": "XX"}, ["19 % value added tax", "No country is chosen"]),
    ],
)
def test_tax_is_shown_with_its_reason_while_one_types(owner: Client, typed: dict[str, str], words: list[str]) -> None:
    shown = _shown(owner, **typed)

    assert [one for one in words if one not in shown] == []
    assert not BillingProfile.objects.exists()


def test_rate_that_nobody_entered_is_said_in_words(owner: Client) -> None:
    TaxRate.objects.filter(country="FR").delete()

    shown = _shown(owner, country="FR", vat_id="")

    assert "Not known yet" in shown
    assert "rate of France is not entered" in shown


def test_rates_that_begin_later_do_not_count_yet(owner: Client) -> None:
    TaxRate.objects.create(country="FR", rate=2300, valid_from=date(2999, 1, 1))

    assert "20 % value added tax" in _shown(owner, country="FR", vat_id="")


def test_seller_without_a_vat_id_charges_no_tax(owner: Client) -> None:
    Issuer.objects.update(vat_id="")

    assert "Seller GmbH is not registered for value added tax" in _shown(owner)


def test_seller_outside_the_union_is_named(owner: Client) -> None:
    Issuer.objects.update(country="CH", vat_id="CHE123456788MWST")

    assert "Seller GmbH is in Switzerland, outside the European Union" in _shown(owner)


def test_the_page_offers_every_country_and_shows_what_is_kept(
    cast: Cast, owner: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    owner.post(DETAILS, TYPED)

    with django_assert_max_num_queries(20):
        page = owner.get(DETAILS).content.decode()

    assert page.count("<option") == len(countries.names()) + 1
    assert '<option value="DE" selected>Germany</option>' in page
    assert "1 Example Street<br>10115 Berlin" in page


@pytest.mark.parametrize("text", ["\x00", "9" * 5000, "\u202e", "'\"><script>"])
def test_odd_texts_are_answered(owner: Client, text: str) -> None:
    answers = [owner.post(url, {**TYPED, name: text}) for url in (DETAILS, TAX) for name in TYPED]

    assert {answer.status_code for answer in answers} <= {200, 302, 422}
    assert not any(b"<script>" in answer.content for answer in answers)


def test_a_foreign_account_keeps_its_own(cast: Cast, owner: Client) -> None:
    owner.post(DETAILS, TYPED)

    page = signed_in(cast.stranger).get(DETAILS).content.decode()

    assert "1 Example Street" not in page
