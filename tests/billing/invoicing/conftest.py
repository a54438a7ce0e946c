"""An issuer with a bank, and one open invoice of the cast's tenant."""

import pytest

from billing.models import Invoice, Issuer, Subscription
from tests.billing.invoicing.making import make_invoice, set_issuer


@pytest.fixture
def issuer(db: None) -> Issuer:
    return set_issuer()


@pytest.fixture
def invoice(subscription: Subscription, issuer: Issuer) -> Invoice:
    """65.65 net, 12.47 tax at 19 %, 78.12 in all."""
    return make_invoice(subscription)
