"""The gateway against localstripe, a server that others wrote: what it speaks of Stripe's API."""

import time
from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from billing import subscribing
from billing.gateway import choosing
from billing.gateway.port import Gateway, GatewayRefused, Outcome
from billing.models import Invoice, Payment
from billing.money import Money
from billing.paying import charging
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.billing.paying.accounts import make_invoice
from tests.factories import make_tenant
from tests.realservers.stripe_loopback import REFUSED_CARD, SECRET_KEY, StripeLoopback

SECRET = "whsec_CANARY70ca1"


@pytest.fixture(scope="module")
def loopback() -> Iterator[StripeLoopback]:
    server = StripeLoopback()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gateway(loopback: StripeLoopback, settings: Settings) -> Gateway:
    settings.EGRESS_ALLOW = [*django_settings.EGRESS_ALLOW, f"127.0.0.1:{loopback.port}"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = SECRET_KEY, loopback.url
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    chosen = choosing.gateway()
    assert chosen is not None
    return chosen


@pytest.fixture
def customer(gateway: Gateway) -> str:
    return gateway.customer(name="Acme", email="owner@acme.example", account_id="acme", key="customer-1")


def test_a_card_is_charged_and_some_of_it_given_back(loopback: StripeLoopback, gateway: Gateway, customer: str) -> None:
    card = loopback.give_card(customer)

    charge = gateway.charge(customer, card, Money(5831, "EUR"), words="MH-1", payment_id="p-1", account_id="acme")
    refund = gateway.refund(charge.reference, Money(831, "EUR"), payment_id="p-2", account_id="acme")

    assert charge.outcome == gateway.charge_of(charge.reference).outcome == Outcome.SUCCEEDED
    assert refund.outcome == gateway.charge_of(refund.reference).outcome == Outcome.SUCCEEDED


def test_a_refused_card_is_told_in_the_words_of_the_provider(
    loopback: StripeLoopback, gateway: Gateway, customer: str
) -> None:
    card = loopback.give_card(customer, REFUSED_CARD)

    charge = gateway.charge(customer, card, Money(5831, "EUR"), words="MH-1", payment_id="p-3", account_id="acme")

    assert (charge.outcome, charge.failure) == (Outcome.FAILED, "Your card was declined.")


def test_a_card_is_forgotten(loopback: StripeLoopback, gateway: Gateway, customer: str) -> None:
    card = loopback.give_card(customer)

    gateway.forget_card(card)
    gateway.forget_card("pm_nobodyknows")

    assert loopback.ask(f"/v1/payment_methods/{card}/attach", {"customer": customer})["customer"] == customer


def test_what_the_provider_does_not_know_is_refused(gateway: Gateway) -> None:
    with pytest.raises(GatewayRefused):
        gateway.charge_of("pi_nobodyknows")


@pytest.mark.django_db(transaction=True)
def test_its_signed_event_ends_a_payment_whose_answer_was_lost(
    loopback: StripeLoopback, gateway: Gateway, customer: str, live_server: LiveServer
) -> None:
    loopback.tell(f"{live_server.url}{reverse('billing:gateway-events')}", secret=SECRET)
    card = loopback.give_card(customer)
    tenant, now = make_tenant(), clock.now()
    with tenant_scope(tenant.pk):
        invoice = make_invoice(subscribing.first_subscription(), at=now, due_on=date(2100, 1, 1))
        payment = charging.open_payment(invoice, now=now)

    gateway.charge(
        customer,
        card,
        payment.amount,
        words=invoice.code,
        payment_id=str(payment.pk),
        account_id=str(tenant.public_id),
    )

    ends_at = time.monotonic() + 20
    with tenant_scope(tenant.pk):
        while time.monotonic() < ends_at and payment.refreshed().state != Payment.State.SUCCEEDED:
            time.sleep(0.1)
        assert invoice.refreshed().state == Invoice.State.PAID
