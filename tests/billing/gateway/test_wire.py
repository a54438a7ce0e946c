"""What goes over the wire to Stripe, and what its errors become."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from billing.gateway import choosing
from billing.gateway.port import Gateway, GatewayFailure, GatewayRefused, Outcome
from billing.gateway.stripe_gateway import API_VERSION, StripeGateway
from billing.money import Money
from mailhub.lib.secret import Secret
from tests.realservers.stripe_contract import SECRET_KEY, ContractServer

AMOUNT = Money(4900, "EUR")


@pytest.fixture
def provider(settings: Settings) -> Iterator[ContractServer]:
    server = ContractServer()
    server.start()
    settings.EGRESS_ALLOW = [f"127.0.0.1:{server.port}"]
    yield server
    server.stop()


@pytest.fixture
def gateway(provider: ContractServer) -> Gateway:
    return StripeGateway(Secret(SECRET_KEY), (), api_url=provider.url)


@pytest.fixture
def customer(gateway: Gateway) -> str:
    return gateway.customer(name="Acme", email="owner@acme.example", account_id="acme", key="customer-1")


@pytest.fixture
def card(gateway: Gateway, provider: ContractServer, customer: str) -> str:
    page = gateway.card_page(customer, back_to="http://localhost/back", account_id="acme", key="page-1")
    provider.give_card(page.reference)
    kept = gateway.card_of(page.reference, customer=customer)
    assert kept is not None
    return kept.reference


def charge(gateway: Gateway, customer: str, card: str, amount: Money = AMOUNT, *, payment_id: str = "p-1") -> Outcome:
    words = "Invoice MH-000001"
    return gateway.charge(customer, card, amount, words=words, payment_id=payment_id, account_id="acme").outcome


def test_a_charge_says_what_it_must_and_nothing_of_the_machine(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    assert charge(gateway, customer, card) == Outcome.SUCCEEDED

    asked = provider.asked[-1]
    assert (asked.method, asked.path) == ("POST", "/v1/payment_intents")
    assert asked.form == {
        "amount": "4900",
        "currency": "eur",
        "customer": customer,
        "payment_method": card,
        "payment_method_types[0]": "card",
        "confirm": "true",
        "off_session": "true",
        "description": "Invoice MH-000001",
        "metadata[payment_id]": "p-1",
        "metadata[account_id]": "acme",
    }
    assert asked.headers["stripe-version"] == API_VERSION
    assert asked.headers["idempotency-key"] == "p-1"
    assert asked.headers["user-agent"] == "mailhub"
    assert not {name for name in asked.headers if name.startswith("x-stripe-client")}


def test_every_request_that_changes_something_has_a_key(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    charge(gateway, customer, card)
    gateway.refund(next(iter(provider.intents)), Money(1, "EUR"), payment_id="p-2", account_id="acme")
    page = gateway.payment_page(
        customer,
        AMOUNT,
        words="Invoice",
        back_to="http://localhost/back",
        payment_id="p-3",
        account_id="acme",
        expires_at=datetime.fromtimestamp(int(datetime.now(UTC).timestamp()) + 3600, UTC),
    )
    gateway.withdraw(page.reference)
    gateway.forget_card(card)

    posted = [one.headers.get("idempotency-key") for one in provider.asked if one.method == "POST"]
    names = ["customer-1", "page-1", "p-1", "p-2", "p-3", f"withdraw-{page.reference}", f"forget-{card}"]
    assert posted == names


def test_the_same_key_a_second_time_takes_no_money(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    assert [charge(gateway, customer, card) for _ in range(2)] == [Outcome.SUCCEEDED] * 2
    assert len(provider.charges) == 1


def test_the_same_key_for_something_else_may_have_happened(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    charge(gateway, customer, card)

    with pytest.raises(GatewayFailure) as failure:
        charge(gateway, customer, card, Money(1, "EUR"))

    assert not isinstance(failure.value, GatewayRefused)
    assert "same parameters" in str(failure.value)


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 503])
def test_an_answer_that_decides_nothing_is_a_failure_and_is_not_tried_again_here(
    provider: ContractServer, gateway: Gateway, customer: str, card: str, status: int
) -> None:
    provider.fails_with = [status]
    before = len(provider.asked)

    with pytest.raises(GatewayFailure) as failure:
        charge(gateway, customer, card)

    assert not isinstance(failure.value, GatewayRefused)
    assert len(provider.asked) == before + 1


def test_a_connection_that_breaks_is_a_failure(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    provider.loses_answers = 1

    with pytest.raises(GatewayFailure):
        charge(gateway, customer, card)


def test_the_key_of_the_provider_is_never_in_an_error(provider: ContractServer) -> None:
    wrong = StripeGateway(Secret("sk_test_CANARYwrong"), (), api_url=provider.url)

    with pytest.raises(GatewayFailure) as failure:
        wrong.charge_of("pi_1")

    assert "Invalid API Key provided" in str(failure.value)
    assert "CANARYwrong" not in f"{failure.value!r} {failure.value.__cause__!r} {vars(failure.value)}"


def test_a_request_leaves_through_egress_control(provider: ContractServer, settings: Settings) -> None:
    settings.EGRESS_ALLOW = []

    with pytest.raises(GatewayFailure):
        StripeGateway(Secret(SECRET_KEY), (), api_url=provider.url).charge_of("pi_1")

    assert provider.asked == []


def test_a_charge_is_found_by_what_we_wrote_on_it(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    charge(gateway, customer, card)
    since = datetime(2026, 1, 1, tzinfo=UTC)

    found = gateway.find_charge(customer, payment_id="p-1", since=since)

    assert found is not None
    assert found.outcome == Outcome.SUCCEEDED
    assert gateway.find_charge(customer, payment_id="p-2", since=since) is None


def test_what_was_paid_cannot_be_taken_back(
    provider: ContractServer, gateway: Gateway, customer: str, card: str
) -> None:
    charge(gateway, customer, card)

    assert gateway.withdraw(next(iter(provider.intents))).outcome == Outcome.SUCCEEDED


def test_without_a_key_there_is_no_provider(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""

    assert choosing.gateway() is None


def test_the_provider_shows_no_secret_of_itself(gateway: Gateway) -> None:
    assert SECRET_KEY not in repr(gateway)
    assert SECRET_KEY not in json.dumps({name: repr(value) for name, value in vars(gateway).items()})
