"""Cards are given on the provider's page, replaced and removed; nothing of their numbers comes here."""

from datetime import date, datetime, timedelta

import pytest

from billing.gateway.port import Gateway, GatewayFailure
from billing.models import BillingProfile, Invoice, Payment
from billing.paying import cards, charging
from tests.billing.paying.accounts import give_card
from tests.factories import Cast
from tests.realservers.stripe_contract import ContractServer, TestCard

pytestmark = pytest.mark.django_db


def test_a_card_that_was_given_is_kept_and_pays_from_then_on(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    reference = give_card(cast.tenant, provider, gateway, now=now)

    profile = BillingProfile.objects.get()
    assert profile.method == BillingProfile.Method.CARD
    assert (profile.gateway_card, profile.card_brand, profile.card_last4) == (reference, "visa", "4242")
    assert profile.card_expires_on == date(2031, 4, 30)


def test_one_account_is_one_customer(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    for _ in range(2):
        cards.open_page(cast.tenant, email="owner@acme.example", back_to="http://localhost:8000/", gateway=gateway)

    [customer] = provider.customers.values()
    assert customer["metadata"] == {"account_id": str(cast.tenant.public_id)}


def test_a_page_on_which_nobody_gave_a_card_changes_nothing(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    page = cards.open_page(cast.tenant, email="a@acme.example", back_to="http://localhost:8000/", gateway=gateway)

    assert cards.take_in(cast.tenant, page.reference, gateway=gateway, now=now) is None
    assert not BillingProfile.objects.get().has_card


@pytest.mark.parametrize("page", ["cs_test_999999", "pi_000001", "cs_../customers", "", "cs_\x00"])
def test_a_page_that_is_none_gives_no_card(cast: Cast, scope: None, gateway: Gateway, now: datetime, page: str) -> None:
    cards.customer_of(cast.tenant, email="a@acme.example", gateway=gateway)

    assert cards.take_in(cast.tenant, page, gateway=gateway, now=now) is None


def test_the_card_of_another_account_is_not_taken_in(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    foreign = gateway.customer(name="Globex", email="g@globex.example", account_id="x", key="other")
    page = gateway.card_page(foreign, back_to="http://localhost:8000/", account_id="x", key="page")
    provider.give_card(page.reference)
    cards.customer_of(cast.tenant, email="a@acme.example", gateway=gateway)

    assert cards.take_in(cast.tenant, page.reference, gateway=gateway, now=now) is None


def test_the_card_that_is_replaced_is_forgotten_by_the_provider(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    first = give_card(cast.tenant, provider, gateway, now=now)

    second = give_card(cast.tenant, provider, gateway, now=now, card=TestCard(last4="1881"))

    assert provider.methods[first]["customer"] is None
    assert BillingProfile.objects.get().gateway_card == second


def test_a_new_card_is_charged_for_what_the_old_one_was_refused_for(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="authentication_required"))
    charging.charge(invoice.pk, gateway=gateway, now=now)
    later = now + timedelta(hours=1)

    give_card(cast.tenant, provider, gateway, now=later)
    charging.charge(invoice.pk, gateway=gateway, now=later)

    assert invoice.refreshed().state == Invoice.State.PAID
    assert len(provider.charges) == 1
    states = Payment.objects.order_by("created_at").values_list("state", flat=True)
    assert list(states) == [Payment.State.FAILED, Payment.State.SUCCEEDED]


def test_removing_a_card_goes_back_to_transfers(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    reference = give_card(cast.tenant, provider, gateway, now=now)

    cards.remove(cast.tenant, gateway=gateway)

    profile = BillingProfile.objects.get()
    assert (profile.method, profile.has_card) == (BillingProfile.Method.TRANSFER, False)
    assert provider.methods[reference]["customer"] is None
    assert invoice.refreshed().next_charge_at is None


def test_a_card_stays_while_the_provider_cannot_be_told(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now)
    provider.fails_with = [500]

    with pytest.raises(GatewayFailure):
        cards.remove(cast.tenant, gateway=gateway)

    assert BillingProfile.objects.get().has_card


def test_who_comes_back_to_the_page_of_a_former_card_brings_no_card_back(
    cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    """Back in the history of the browser, and an event that comes late, name that page once more."""
    page = cards.open_page(cast.tenant, email="a@acme.example", back_to="http://localhost:8000/", gateway=gateway)
    provider.give_card(page.reference, None)
    cards.take_in(cast.tenant, page.reference, gateway=gateway, now=now)
    second = give_card(cast.tenant, provider, gateway, now=now, card=TestCard(last4="1881"))

    assert cards.take_in(cast.tenant, page.reference, gateway=gateway, now=now) is None

    assert BillingProfile.objects.get().gateway_card == second
    assert provider.methods[second]["customer"] is not None
    cards.remove(cast.tenant, gateway=gateway)
    assert cards.take_in(cast.tenant, page.reference, gateway=gateway, now=now) is None
    assert not BillingProfile.objects.get().has_card
