"""The pages of cards and payments."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from billing.gateway.port import Gateway
from billing.models import BillingProfile, Invoice
from billing.paying import charging
from tests.billing.paying.accounts import give_card
from tests.factories import Cast
from tests.realservers.stripe_contract import ContractServer, TestCard

pytestmark = pytest.mark.django_db

METHOD = "billing:payment-method"


def test_cards_are_explained_where_they_are_not_offered(owner: Client) -> None:
    response = owner.get(reverse(METHOD))

    assert "Paying by card is not offered here" in response.content.decode()
    assert reverse("billing:card-add") not in response.content.decode()


def test_who_adds_a_card_is_led_to_the_provider_and_back(
    cast: Cast, scope: None, owner: Client, provider: ContractServer
) -> None:
    leaving = owner.post(reverse("billing:card-add"))
    [page] = provider.sessions
    back = provider.give_card(page)
    response = owner.get(back.removeprefix("http://localhost:8000"), follow=True)

    # No redirect: the content policy lets no form end at another site.
    assert leaving.status_code == 200
    assert f"{provider.url}/page/{page}" in leaving.content.decode()
    assert "•••• 4242" in response.content.decode()
    assert BillingProfile.objects.get().method == BillingProfile.Method.CARD


def test_who_pays_an_invoice_comes_back_to_a_paid_one(
    scope: None, owner: Client, invoice: Invoice, provider: ContractServer
) -> None:
    leaving = owner.post(reverse("billing:invoice-pay", args=[invoice.pk]))
    [page] = provider.sessions
    back = provider.pay(page)
    response = owner.get(back.removeprefix("http://localhost:8000"), follow=True)

    assert leaving.status_code == 200
    assert "This invoice is paid" in response.content.decode()
    assert invoice.refreshed().state == Invoice.State.PAID


def test_a_refused_card_is_shown_with_its_reason(
    cast: Cast,
    scope: None,
    owner: Client,
    invoice: Invoice,
    provider: ContractServer,
    gateway: Gateway,
    now: datetime,
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="card_declined"))
    charging.charge(invoice.pk, gateway=gateway, now=now)

    for address in (reverse(METHOD), reverse("billing:invoice-pay", args=[invoice.pk])):
        assert "Your card was declined." in owner.get(address).content.decode()


def test_the_way_to_pay_is_chosen(
    cast: Cast, scope: None, owner: Client, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    refused = owner.post(reverse("billing:payment-method-choose"), {"method": "card"})
    give_card(cast.tenant, provider, gateway, now=now)
    taken = owner.post(reverse("billing:payment-method-choose"), {"method": "transfer"})

    assert (refused.status_code, taken.status_code) == (422, 302)
    assert BillingProfile.objects.get().method == BillingProfile.Method.TRANSFER


def test_a_card_is_removed_after_it_was_said_what_that_means(
    cast: Cast, scope: None, owner: Client, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now)

    shown = owner.get(reverse("billing:card-remove"))
    owner.post(reverse("billing:card-remove"))

    assert "The payment provider forgets it too." in shown.content.decode()
    assert not BillingProfile.objects.get().has_card


def test_a_provider_that_is_away_changes_nothing_and_is_said(
    scope: None, owner: Client, invoice: Invoice, provider: ContractServer
) -> None:
    provider.fails_with = [500]

    response = owner.post(reverse("billing:invoice-pay", args=[invoice.pk]), follow=True)

    assert "The payment provider cannot be reached" in response.content.decode()
