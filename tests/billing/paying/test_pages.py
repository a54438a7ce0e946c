"""A person pays an invoice on the provider's page, and comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.gateway.port import Gateway
from billing.models import Invoice, Payment
from billing.paying import charging, finding, following, pages, settling
from billing.paying.pages import PAGE_LASTS, NotToPay
from mailhub.tenancy.scope import unscoped
from tests.billing.paying.accounts import give_card, payments_of
from tests.factories import Cast
from tests.realservers.stripe_contract import ContractServer, TestCard

pytestmark = pytest.mark.django_db


def open_page(invoice: Invoice, gateway: Gateway, *, now: datetime) -> str:
    back_to = "http://localhost:8000/back"
    return pages.open_page(
        invoice.pk, made_by="owner@acme.example", back_to=back_to, gateway=gateway, now=now
    ).reference


def test_who_pays_on_the_page_has_paid_the_invoice(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    page = open_page(invoice, gateway, now=now)
    provider.pay(page)
    [payment] = payments_of(invoice)

    following.follow(payment.pk, gateway=gateway, now=now)

    paid = payment.refreshed()
    assert (paid.state, paid.gateway_reference) == (Payment.State.SUCCEEDED, provider.charges[0]["id"])
    assert invoice.refreshed().state == Invoice.State.PAID


def test_who_opens_the_page_again_cannot_pay_twice(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    first = open_page(invoice, gateway, now=now)

    second = open_page(invoice, gateway, now=now)

    assert provider.sessions[first]["status"] == "expired"
    assert provider.sessions[second]["status"] == "open"
    assert [one.state for one in payments_of(invoice)] == [Payment.State.FAILED, Payment.State.PENDING]


def test_who_paid_and_opens_the_page_again_is_told(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.pay(open_page(invoice, gateway, now=now))

    with pytest.raises(NotToPay):
        open_page(invoice, gateway, now=now)

    assert invoice.refreshed().state == Invoice.State.PAID
    assert len(provider.charges) == 1


def test_a_card_that_is_refused_on_the_page_leaves_the_page_open(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    page = open_page(invoice, gateway, now=now)
    provider.pay(page, TestCard(refuses_with="card_declined"))
    [payment] = payments_of(invoice)

    following.follow(payment.pk, gateway=gateway, now=now)

    assert payment.refreshed().state == Payment.State.PENDING
    provider.pay(page)
    following.follow(payment.pk, gateway=gateway, now=now)
    assert invoice.refreshed().state == Invoice.State.PAID


def test_a_page_that_nobody_used_ends(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    page = open_page(invoice, gateway, now=now)
    provider.sessions[page]["status"] = "expired"
    [payment] = payments_of(invoice)

    following.follow(payment.pk, gateway=gateway, now=now + PAGE_LASTS)

    assert payment.refreshed().state == Payment.State.FAILED
    assert payments_of(invoice)[0].failure == "The payment page was not used in time."


def test_what_the_bank_wanted_confirmed_is_confirmed_on_the_page(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="authentication_required"))
    charging.charge(invoice.pk, gateway=gateway, now=now)
    [waiting] = payments_of(invoice)

    page = open_page(invoice, gateway, now=now + timedelta(hours=3))
    provider.pay(page)
    following.follow(payments_of(invoice)[-1].pk, gateway=gateway, now=now)

    assert provider.intents[waiting.gateway_reference]["status"] == "canceled"
    assert invoice.refreshed().state == Invoice.State.PAID
    assert len(provider.charges) == 1


def test_a_page_is_not_opened_while_the_card_is_being_charged(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now)
    provider.fails_with = [500]
    charging.charge(invoice.pk, gateway=gateway, now=now)

    with pytest.raises(NotToPay):
        open_page(invoice, gateway, now=now)


def test_a_page_that_was_lost_in_a_crash_ends_without_a_charge(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    payment = charging.open_payment(invoice, made_by="owner@acme.example", now=now)

    following.follow(payment.pk, gateway=gateway, now=now + PAGE_LASTS)

    assert payment.refreshed().state == Payment.State.FAILED


@dataclass(frozen=True)
class Meanwhile:
    """The provider, before whose first answer something else happens."""

    gateway: Any
    happens: Callable[[], object]

    def customer(self, **said: str) -> str:
        self.happens()
        made: str = self.gateway.customer(**said)
        return made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.gateway, name)


def test_a_page_asks_for_what_is_open_at_that_moment(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    slow = Meanwhile(gateway, lambda: settling.book(invoice.pk, 900, now=now))

    page = open_page(invoice, slow, now=now)

    assert provider.sessions[page]["amount_total"] == 4000
    assert [one.amount_minor for one in payments_of(invoice)] == [4000]


def test_no_page_is_opened_for_what_was_paid_meanwhile(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    slow = Meanwhile(gateway, lambda: settling.book(invoice.pk, 4900, now=now))

    with pytest.raises(NotToPay, match="nothing to pay"):
        open_page(invoice, slow, now=now)

    assert payments_of(invoice) == []


def test_a_page_that_asks_for_too_much_since_is_taken_back(
    scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    page = open_page(invoice, gateway, now=now)
    settling.book(invoice.pk, 900, now=now)

    with unscoped("as the clock does"):
        found = finding.payments_to_follow(now=now)
    for _tenant, payment_id in found:
        following.follow(payment_id, gateway=gateway, now=now)

    assert provider.sessions[page]["status"] == "expired"
