"""Events of the provider at our door: signed, late, twice, out of order, and of others (SECURITY B127)."""

import time
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from billing.gateway.port import Gateway
from billing.models import BillingProfile, GatewayEvent, Invoice, Payment
from billing.paying import cards, charging, pages
from tests.billing.paying.accounts import give_card, payments_of
from tests.factories import Cast
from tests.realservers.stripe_contract import WEBHOOK_SECRET, ContractServer, TestCard, sign

pytestmark = pytest.mark.django_db


def post(body: bytes, signature: str) -> int:
    address = reverse("billing:gateway-events")
    browser = Client(enforce_csrf_checks=True)
    headers = {"Stripe-Signature": signature}
    return browser.post(address, body, content_type="application/json", headers=headers).status_code


@pytest.fixture
def page(scope: None, invoice: Invoice, gateway: Gateway, now: datetime) -> str:
    """A page of the provider on which somebody pays the invoice, and does not come back."""
    back_to = "http://localhost:8000/back"
    opened = pages.open_page(invoice.pk, made_by="owner@acme.example", back_to=back_to, gateway=gateway, now=now)
    return opened.reference


def test_an_event_books_what_was_paid_on_a_page(invoice: Invoice, page: str, provider: ContractServer) -> None:
    provider.pay(page)
    body = provider.event("checkout.session.completed", provider.sessions[page], event_id="evt_1")

    assert post(body, sign(body)) == 200

    assert invoice.refreshed().state == Invoice.State.PAID
    assert GatewayEvent.objects.get().event_id == "evt_1"


def test_the_same_event_a_second_time_changes_nothing(invoice: Invoice, page: str, provider: ContractServer) -> None:
    provider.pay(page)
    body = provider.event("checkout.session.completed", provider.sessions[page])
    post(body, sign(body))
    asked = len(provider.asked)

    assert post(body, sign(body)) == 200

    assert len(provider.asked) == asked
    assert invoice.refreshed().paid_minor == 4900
    assert GatewayEvent.objects.count() == 1


@pytest.mark.parametrize("late", [-301, 301])
def test_an_event_that_was_signed_too_long_ago_is_refused(
    invoice: Invoice, page: str, provider: ContractServer, late: int
) -> None:
    provider.pay(page)
    body = provider.event("checkout.session.completed", provider.sessions[page])

    assert post(body, sign(body, at=time.time() + late * 1.02)) == 400

    assert invoice.refreshed().state == Invoice.State.OPEN
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize(
    "signature",
    ["", "t=1", "v1=00", "t=1,v1=", "t=,v1=00", "t=x,v1=00", "t=²,v1=00", "t=1,t=2,v1=00", "é", "," * 5000],
)
def test_an_event_without_a_good_signature_is_refused(page: str, provider: ContractServer, signature: str) -> None:
    body = provider.event("checkout.session.completed", provider.sessions[page])

    assert post(body, signature) == 400


def test_an_event_that_somebody_else_signed_is_refused(page: str, provider: ContractServer) -> None:
    body = provider.event("checkout.session.completed", provider.sessions[page])

    assert post(body, sign(body, secret="whsec_other")) == 400
    assert post(body + b" ", sign(body)) == 400


def test_the_old_secret_is_good_while_it_is_being_replaced(
    page: str, provider: ContractServer, settings: Settings
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", WEBHOOK_SECRET]
    old = provider.event("checkout.session.completed", provider.sessions[page])
    new = provider.event("checkout.session.completed", provider.sessions[page])

    assert [post(old, sign(old)), post(new, sign(new, secret="whsec_new"))] == [200, 200]


def test_an_event_that_overtook_another_does_no_harm(invoice: Invoice, page: str, provider: ContractServer) -> None:
    provider.pay(page)
    session = provider.sessions[page]
    late = provider.event("checkout.session.expired", {**session, "status": "expired"}, created=1)
    paid = provider.event("checkout.session.completed", session)

    for body in (paid, late):
        assert post(body, sign(body)) == 200

    assert invoice.refreshed().state == Invoice.State.PAID


def test_a_payment_that_was_called_failed_is_booked_when_the_money_came_after_all(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="card_declined"))
    charging.charge(invoice.pk, gateway=gateway, now=now)
    [intent] = provider.intents.values()
    intent["status"] = "succeeded"
    body = provider.event("payment_intent.succeeded", intent)

    assert post(body, sign(body)) == 200

    assert payments_of(invoice)[0].state == Payment.State.SUCCEEDED
    assert invoice.refreshed().state == Invoice.State.PAID


def test_a_card_is_kept_although_nobody_came_back(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway
) -> None:
    page = cards.open_page(cast.tenant, email="a@acme.example", back_to="http://localhost:8000/", gateway=gateway)
    provider.give_card(page.reference)
    body = provider.event("checkout.session.completed", provider.sessions[page.reference])

    assert post(body, sign(body)) == 200

    assert BillingProfile.objects.get().card_last4 == "4242"


@pytest.mark.parametrize(
    "thing",
    [
        {"object": "payment_intent", "id": "pi_1", "metadata": {"payment_id": "nonsense", "account_id": "nonsense"}},
        {"object": "payment_intent", "id": "pi_1", "metadata": {}},
        {"object": "invoice", "id": "in_1"},
        {"object": "dispute", "id": "dp_1", "payment_intent": "pi_1"},
        {"object": "charge", "id": "ch_1", "metadata": None},
        {"object": "checkout.session", "mode": "setup", "id": None},
    ],
)
def test_an_event_about_what_we_do_not_know_is_thanked_for(provider: ContractServer, thing: dict[str, object]) -> None:
    body = provider.event("something.happened", thing)

    assert post(body, sign(body)) == 200
    assert GatewayEvent.objects.count() == 1


def test_an_event_about_the_payment_of_another_account_touches_none(
    cast: Cast, invoice: Invoice, page: str, provider: ContractServer
) -> None:
    provider.pay(page)
    foreign = {**provider.sessions[page]["metadata"], "account_id": str(cast.other_tenant.public_id)}
    body = provider.event("checkout.session.completed", {**provider.sessions[page], "metadata": foreign})

    assert post(body, sign(body)) == 200

    assert invoice.refreshed().state == Invoice.State.OPEN


def test_an_event_comes_again_when_the_provider_could_not_be_asked(
    invoice: Invoice, page: str, provider: ContractServer
) -> None:
    provider.pay(page)
    body = provider.event("checkout.session.completed", provider.sessions[page])
    provider.fails_with = [500]

    assert [post(body, sign(body)), post(body, sign(body))] == [503, 200]

    assert invoice.refreshed().state == Invoice.State.PAID


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"id": 5}', b'{"data": {"object": []}}'])
def test_what_is_no_event_is_refused_although_it_is_signed(provider: ContractServer, body: bytes) -> None:
    assert post(body, sign(body)) == 400


def test_an_event_that_is_too_large_is_refused(provider: ContractServer) -> None:
    body = b" " * (256 * 1024 + 1)

    assert post(body, sign(body)) == 413


def test_nobody_listens_where_no_provider_is_set_up(db: None) -> None:
    assert post(b"{}", sign(b"{}")) == 404
