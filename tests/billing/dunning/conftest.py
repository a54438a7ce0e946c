"""An account with an invoice that is due, and the mail that the operator sends about it."""

import pytest
from pytest_django import Settings

from billing.models import Invoice, Issuer, Subscription
from tests.billing.dunning.invoices import DUE, make_invoice
from tests.factories import Cast


@pytest.fixture(autouse=True)
def _operator_mail(settings: Settings) -> None:
    """Keep what the operator writes in `mailoutbox`."""
    settings.INVOICE_EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _terms(db: None) -> None:
    Issuer.objects.update(reminder_days=[3, 10], sequences_stop_days=21, read_only_days=35)


@pytest.fixture
def invoice(cast: Cast, subscription: Subscription) -> Invoice:
    """An open invoice that was due on DUE."""
    return make_invoice(subscription, due_on=DUE)
