"""A card is charged once for an invoice, tried again by a schedule, and its owner is told."""

from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage

from billing.gateway.port import KEYS_LAST, Gateway
from billing.models import Invoice, Payment
from billing.paying import charging, finding, following
from billing.paying.following import SILENCE
from mailhub.tenancy.scope import unscoped
from tests.billing.paying.accounts import give_card, payments_of
from tests.factories import Cast
from tests.realservers.stripe_contract import ContractServer, TestCard

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(cast: Cast, scope: None, provider: ContractServer, gateway: Gateway, now: datetime) -> str:
    return give_card(cast.tenant, provider, gateway, now=now)


def test_an_invoice_is_paid_by_the_card_that_is_kept(
    card: str, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    assert charging.charge(invoice.pk, gateway=gateway, now=now)

    paid = invoice.refreshed()
    assert (paid.state, paid.paid_minor) == (Invoice.State.PAID, 4900)
    [payment], [charged] = payments_of(invoice), provider.charges
    assert (payment.state, payment.gateway_reference) == (Payment.State.SUCCEEDED, charged["id"])
    assert charged["metadata"]["payment_id"] == str(payment.pk)


def test_what_is_paid_is_not_charged_again(
    card: str, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    charging.charge(invoice.pk, gateway=gateway, now=now)
    Invoice.objects.update(next_charge_at=now)

    assert not charging.charge(invoice.pk, gateway=gateway, now=now)
    assert len(provider.charges) == 1


def test_nothing_is_charged_before_its_time(card: str, invoice: Invoice, gateway: Gateway, now: datetime) -> None:
    Invoice.objects.update(next_charge_at=now + timedelta(minutes=1))

    assert not charging.charge(invoice.pk, gateway=gateway, now=now)
    assert payments_of(invoice) == []


def test_a_card_that_is_refused_is_tried_again_on_day_three_five_and_seven(
    cast: Cast,
    scope: None,
    invoice: Invoice,
    provider: ContractServer,
    gateway: Gateway,
    now: datetime,
    mailoutbox: list[EmailMessage],
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="card_declined"))

    days = []
    at: datetime | None = now
    while at is not None:
        charging.charge(invoice.pk, gateway=gateway, now=at)
        days.append((at - now).days)
        at = invoice.refreshed().next_charge_at

    assert days == [0, 3, 5, 7]
    assert provider.charges == []
    assert {one.state for one in payments_of(invoice)} == {Payment.State.FAILED}
    assert [one.failure for one in payments_of(invoice)] == ["Your card was declined."] * 4
    assert [one.to for one in mailoutbox] == [[cast.owner.user.email]] * 4
    assert "Your card was declined." in mailoutbox[0].body
    assert "It is not tried again by itself" in mailoutbox[-1].body


def test_a_bank_that_wants_its_holder_is_told_to_the_holder_once(
    cast: Cast,
    scope: None,
    invoice: Invoice,
    provider: ContractServer,
    gateway: Gateway,
    now: datetime,
    mailoutbox: list[EmailMessage],
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="authentication_required"))

    charging.charge(invoice.pk, gateway=gateway, now=now)
    [payment] = payments_of(invoice)
    following.follow(payment.pk, gateway=gateway, now=now + SILENCE)

    assert payment.state == Payment.State.NEEDS_PERSON
    assert invoice.refreshed().next_charge_at is None
    [mail] = mailoutbox
    assert f"/settings/plan/invoices/{invoice.pk}/pay/" in mail.body


def test_an_answer_that_is_lost_is_found_again_and_charged_once(
    card: str, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.loses_answers = 1
    charging.charge(invoice.pk, gateway=gateway, now=now)
    [payment] = payments_of(invoice)
    assert payment.state == Payment.State.PENDING
    with unscoped("the test looks as the clock does"):
        assert finding.payments_to_follow(now=now) == []
        assert finding.payments_to_follow(now=now + SILENCE) == [(invoice.tenant_id, payment.pk)]

    following.follow(payment.pk, gateway=gateway, now=now + SILENCE)

    assert invoice.refreshed().state == Invoice.State.PAID
    assert len(provider.charges) == len(payments_of(invoice)) == 1


def test_a_request_that_never_arrived_is_made_again_with_the_same_key(
    card: str, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.fails_with = [503]
    charging.charge(invoice.pk, gateway=gateway, now=now)
    [payment] = payments_of(invoice)

    following.follow(payment.pk, gateway=gateway, now=now + SILENCE)

    assert invoice.refreshed().state == Invoice.State.PAID
    keys = [one.headers["idempotency-key"] for one in provider.asked if one.form.get("confirm")]
    assert keys == [str(payment.pk)] * 2


def test_a_payment_that_the_provider_never_heard_of_fails_once_its_key_is_old(
    card: str, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    provider.fails_with = [503]
    charging.charge(invoice.pk, gateway=gateway, now=now)
    [payment] = payments_of(invoice)

    following.follow(payment.pk, gateway=gateway, now=now + KEYS_LAST + SILENCE)

    assert payment.refreshed().state == Payment.State.FAILED
    assert invoice.refreshed().next_charge_at == now + timedelta(days=3)
    assert provider.charges == []


def test_a_payment_that_waits_is_taken_back_when_the_invoice_was_paid_in_another_way(
    cast: Cast,
    scope: None,
    invoice: Invoice,
    provider: ContractServer,
    gateway: Gateway,
    now: datetime,
    mailoutbox: list[EmailMessage],
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="authentication_required"))
    charging.charge(invoice.pk, gateway=gateway, now=now)
    [payment] = payments_of(invoice)
    Invoice.objects.update(state=Invoice.State.PAID, paid_minor=4900)
    mailoutbox.clear()

    with unscoped("the test looks as the clock does"):
        assert finding.payments_to_follow(now=now) == [(invoice.tenant_id, payment.pk)]
    following.follow(payment.pk, gateway=gateway, now=now)

    assert payment.refreshed().state == Payment.State.FAILED
    assert provider.intents[payment.gateway_reference]["status"] == "canceled"
    assert mailoutbox == []


def test_an_invoice_that_somebody_pays_by_hand_at_this_moment_is_left_alone(
    card: str, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    charging.open_payment(invoice, made_by="owner@acme.example", now=now)

    assert not charging.charge(invoice.pk, gateway=gateway, now=now)

    again_at = invoice.refreshed().next_charge_at
    assert again_at is not None
    assert again_at > now + timedelta(hours=1)
    assert provider.charges == []


def test_after_days_on_which_nothing_ran_a_card_is_not_tried_twice_in_a_row(
    cast: Cast, scope: None, invoice: Invoice, provider: ContractServer, gateway: Gateway, now: datetime
) -> None:
    give_card(cast.tenant, provider, gateway, now=now, card=TestCard(refuses_with="card_declined"))
    charging.charge(invoice.pk, gateway=gateway, now=now)
    late = now + timedelta(days=9)

    charging.charge(invoice.pk, gateway=gateway, now=late)

    assert invoice.refreshed().next_charge_at == late + timedelta(days=1)
