"""A payment provider on loopback, and an account with an invoice."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django import Settings

from billing.gateway import choosing
from billing.gateway.port import Gateway
from billing.models import Invoice, Subscription
from mailhub import clock
from tests.billing.paying.accounts import make_invoice
from tests.realservers.stripe_contract import SECRET_KEY, WEBHOOK_SECRET, ContractServer


@pytest.fixture
def provider(settings: Settings) -> Iterator[ContractServer]:
    """Stripe, as its contract says, and this installation pointed to it."""
    server = ContractServer()
    server.start()
    settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"127.0.0.1:{server.port}"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = SECRET_KEY, server.url
    settings.STRIPE_WEBHOOK_SECRETS = [WEBHOOK_SECRET]
    yield server
    server.stop()


@pytest.fixture
def gateway(provider: ContractServer) -> Gateway:
    """What this installation asks the provider through."""
    chosen = choosing.gateway()
    assert chosen is not None
    return chosen


@pytest.fixture(autouse=True)
def _operator_mail(settings: Settings) -> None:
    """Keep what the operator writes in `mailoutbox`."""
    settings.INVOICE_EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def invoice(subscription: Subscription, now: datetime) -> Invoice:
    """An open invoice of € 49.00 that is to be charged for now, once there is a card."""
    return make_invoice(subscription, at=now, next_charge_at=now)
