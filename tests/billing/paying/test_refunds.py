"""What was paid too much by card goes back to the card."""

from datetime import datetime, timedelta

import pytest

from billing.gateway.port import Gateway
from billing.models import Invoice, Payment
from billing.paying import charging, following, refunds
from billing.paying.following import SILENCE
from billing.paying.refunds import NotRefundable
from tests.billing.paying.accounts import give_card, payments_of
from tests.factories import Cast
from tests.realservers.stripe_contract import ContractServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> Invoice:
    """An invoice that was paid by card, and half of which a credit note took back."""
    give_card(cast.tenant, provider, gateway, now=now)
    charging.charge(invoice.pk, gateway=gateway, now=now)
    Invoice.objects.update(credited_minor=2450)
    return invoice.refreshed()


def test_what_was_credited_goes_back_once(
    paid: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    assert refunds.refundable(paid).minor == 2450

    payment = refunds.refund(paid.pk, made_by="operator@mailhub.example", gateway=gateway, now=now)

    assert (payment.state, payment.amount_minor) == (Payment.State.SUCCEEDED, -2450)
    after = paid.refreshed()
    assert (after.state, after.paid_minor, after.balance.minor) == (Invoice.State.PAID, 2450, 0)
    assert [one["amount"] for one in provider.refunds.values()] == [2450]
    with pytest.raises(NotRefundable):
        refunds.refund(paid.pk, made_by="operator@mailhub.example", gateway=gateway, now=now)


def test_a_refund_whose_answer_was_lost_is_made_once(
    paid: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.loses_answers = 1
    payment = refunds.refund(paid.pk, made_by="operator@mailhub.example", gateway=gateway, now=now)
    assert payment.state == Payment.State.PENDING

    following.follow(payment.pk, gateway=gateway, now=now + SILENCE)

    assert paid.refreshed().balance.minor == 0
    assert len(provider.refunds) == 1


def test_a_refund_that_is_refused_books_nothing(
    paid: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.charges[0]["status"] = "canceled"

    payment = refunds.refund(paid.pk, made_by="operator@mailhub.example", gateway=gateway, now=now)

    assert payment.state == Payment.State.FAILED
    assert paid.refreshed().paid_minor == 4900


def test_a_refund_of_a_day_ago_that_nobody_heard_of_is_not_made_again(
    paid: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.fails_with = [503]
    payment = refunds.refund(paid.pk, made_by="operator@mailhub.example", gateway=gateway, now=now)

    following.follow(payment.pk, gateway=gateway, now=now + timedelta(days=2))

    assert payment.refreshed().state == Payment.State.FAILED
    assert provider.refunds == {}


def test_nothing_goes_back_of_what_is_not_paid(scope: None, invoice: Invoice, gateway: Gateway, now: datetime) -> None:
    with pytest.raises(NotRefundable):
        refunds.refund(invoice.pk, made_by="operator@mailhub.example", gateway=gateway, now=now)

    assert payments_of(invoice) == []
