"""An account from its subscription to its recovery: mailboxes beyond the plan, invoice, payment, dunning, payment.

Once with a ready-made server that speaks Stripe's API, which has no pages for people, and once with one that has them
and tells us of what happens there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from billing import ledger, subscribing
from billing.closing.due import close_due
from billing.dunning.reminding import remind
from billing.gateway import choosing
from billing.gateway.port import Gateway
from billing.models import BillingProfile, Invoice, InvoiceLine, Payment, Plan, Subscription
from billing.paying import cards, charging, finding, pages
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import unscoped
from mailhub.tenancy.standing import Standing
from tests.billing.paying.accounts import give_card
from tests.factories import Cast
from tests.realservers import stripe_contract, stripe_loopback
from tests.realservers.stripe_contract import ContractServer, TestCard
from tests.realservers.stripe_loopback import StripeLoopback

pytestmark = pytest.mark.django_db

BEYOND = 3


@pytest.fixture(autouse=True)
def _operator_mail(settings: Settings) -> None:
    """Keep what the operator writes in `mailoutbox`."""
    settings.INVOICE_EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def subscription(cast: Cast, scope: None) -> Subscription:
    """One that began so long ago that everything has happened by today: the provider has the clock of today."""
    plan = Plan.objects.get(code="standard", is_current=True)
    return subscribing.start(cast.tenant, plan, name="Old", now=clock.now() - timedelta(days=130))


@pytest.fixture
def loopback(settings: Settings) -> Iterator[StripeLoopback]:
    server = StripeLoopback()
    server.start()
    settings.EGRESS_ALLOW = [*django_settings.EGRESS_ALLOW, f"127.0.0.1:{server.port}"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = stripe_loopback.SECRET_KEY, server.url
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_of_tests"]
    yield server
    server.stop()


@pytest.fixture
def contract(settings: Settings) -> Iterator[ContractServer]:
    server = ContractServer()
    server.start()
    settings.EGRESS_ALLOW = [*django_settings.EGRESS_ALLOW, f"127.0.0.1:{server.port}"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = stripe_contract.SECRET_KEY, server.url
    settings.STRIPE_WEBHOOK_SECRETS = [stripe_contract.WEBHOOK_SECRET]
    yield server
    server.stop()


def test_a_refused_card_stops_an_account_and_another_one_brings_it_back(
    loopback: StripeLoopback, cast: Cast, subscription: Subscription
) -> None:
    gateway = _gateway()
    customer = cards.customer_of(cast.tenant, email="owner@acme.example", gateway=gateway)
    _use_beyond_plan(subscription)

    _keep_card(cast.tenant, loopback.give_card(customer))
    first = _month_end(subscription)
    _charge_due(gateway, now=first.issued_at)
    _keep_card(cast.tenant, loopback.give_card(customer, stripe_loopback.REFUSED_CARD))
    second = _month_end(subscription)
    failed_at = _charge_until_given_up(gateway, second)

    assert first.refreshed().state == Invoice.State.PAID
    assert _lines(first)[-1] == ("overage", BEYOND, 500 * BEYOND)
    assert {one.failure for one in _payments(second)} == {"Your card was declined."}
    assert len(failed_at) == 4
    standings = _let_days_pass(cast.tenant, second)
    assert list(dict.fromkeys(standings)) == [
        Standing.GOOD,
        Standing.OVERDUE,
        Standing.SEQUENCES_STOPPED,
        Standing.READ_ONLY,
    ]

    paid_at = _noon_after(second, days=40)
    _keep_card(cast.tenant, loopback.give_card(customer))
    Invoice.objects.filter(pk=second.pk).update(next_charge_at=paid_at)
    _charge_due(gateway, now=paid_at)

    assert second.refreshed().state == Invoice.State.PAID
    assert Tenant.objects.get(pk=cast.tenant.pk).standing == Standing.GOOD
    assert [one.amount_minor for one in _payments(second) if one.state == Payment.State.SUCCEEDED] == [
        second.total_minor
    ]


def test_people_pay_on_the_pages_of_the_provider_and_its_events_tell_us(
    contract: ContractServer, cast: Cast, subscription: Subscription, mailoutbox: list[object]
) -> None:
    gateway = _gateway()
    _use_beyond_plan(subscription)
    give_card(cast.tenant, contract, gateway, now=subscription.started_at, card=TestCard(refuses_with="card_declined"))

    invoice = _month_end(subscription)
    _charge_until_given_up(gateway, invoice)
    _let_days_pass(cast.tenant, invoice)
    read_only = Tenant.objects.get(pk=cast.tenant.pk).standing
    page = pages.open_page(
        invoice.pk,
        made_by="owner@acme.example",
        back_to="http://localhost:8000/back",
        gateway=gateway,
        now=clock.now(),
    )
    contract.pay(page.reference)
    _tell(contract, contract.sessions[page.reference])

    assert read_only == Standing.READ_ONLY
    assert mailoutbox
    assert invoice.refreshed().state == Invoice.State.PAID
    assert Tenant.objects.get(pk=cast.tenant.pk).standing == Standing.GOOD
    assert [one["amount"] for one in contract.charges] == [invoice.total_minor]


def _gateway() -> Gateway:
    chosen = choosing.gateway()
    assert chosen is not None
    return chosen


def _use_beyond_plan(subscription: Subscription) -> None:
    """Activate mailboxes until so many are beyond those that are included."""
    wanted = subscription.plan.included_mailboxes + BEYOND
    for number in range(subscription.active_count, wanted):
        ledger.activate(subscription, new_id(), f"Mailbox {number}", now=subscription.started_at, agrees_to_fee=True)


def _keep_card(tenant: Tenant, card: str) -> None:
    """Let the account pay with a card that was given where the server has no page for it."""
    BillingProfile.objects.filter(tenant=tenant).update(gateway_card=card, method=BillingProfile.Method.CARD)


def _month_end(subscription: Subscription) -> Invoice:
    """Close the month that runs, and return its invoice."""
    over = subscription.refreshed().closes_at + timedelta(minutes=1)
    close_due(now=lambda: over)
    newest: Invoice = Invoice.objects.newest_first()[:1].get()
    return newest


def _charge_due(gateway: Gateway, *, now: datetime) -> None:
    with unscoped("as the clock does it"):
        found = finding.invoices_to_charge(now=now)
    for _tenant_id, invoice_id in found:
        charging.charge(invoice_id, gateway=gateway, now=now)


def _charge_until_given_up(gateway: Gateway, invoice: Invoice) -> list[datetime]:
    """Try the card whenever it is its turn; return when that was."""
    tried = []
    while (turn := invoice.refreshed().next_charge_at) is not None:
        tried.append(turn)
        _charge_due(gateway, now=turn)
    return tried


def _let_days_pass(tenant: Tenant, invoice: Invoice) -> list[str]:
    """Do each day what the clock does, until long after the account was told; return how it stood."""
    standings = []
    for days in range(-1, 38):
        remind(tenant.pk, now=_noon_after(invoice, days=days))
        standings.append(Tenant.objects.get(pk=tenant.pk).standing)
    return standings


def _noon_after(invoice: Invoice, *, days: int) -> datetime:
    return invoice.issued_at.replace(hour=12) + (invoice.due_on - invoice.issued_on) + timedelta(days=days)


def _tell(contract: ContractServer, session: dict[str, object]) -> None:
    body = contract.event("checkout.session.completed", session)
    headers = {"Stripe-Signature": stripe_contract.sign(body)}
    answer = Client().post(reverse("billing:gateway-events"), body, content_type="application/json", headers=headers)
    assert answer.status_code == 200


def _lines(invoice: Invoice) -> list[tuple[str, int, int]]:
    return [(one.kind, one.quantity, one.net_minor) for one in InvoiceLine.objects.filter(invoice=invoice)]


def _payments(invoice: Invoice) -> list[Payment]:
    return list(Payment.objects.filter(invoice=invoice).order_by("created_at"))
