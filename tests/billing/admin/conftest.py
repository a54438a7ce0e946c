"""The operator at the desk, and an open invoice of an account."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing import subscribing
from billing.models import Invoice
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from tests.factories import make_tenant
from tests.mailhub.operator.operating import at_the_desk
from tests.walls.accounting import make_accounting


@pytest.fixture
def operator(db: None) -> Client:
    return at_the_desk()


@pytest.fixture
def account(db: None) -> Tenant:
    return make_tenant("Harbor Books")


@pytest.fixture
def invoice(account: Tenant) -> Invoice:
    """49 euros, without tax, of which nothing is paid."""
    with tenant_scope(account.pk):
        return make_accounting(subscribing.first_subscription(), "Harbor Books", at=clock.now()).invoice


def look_again(invoice: Invoice) -> Invoice:
    with tenant_scope(invoice.tenant_id):
        found: Invoice = Invoice.objects.get(pk=invoice.pk)
    return found


def queries_of(browser: Client, url: str) -> int:
    """Return how many queries a page makes, once what is made with the first visit is there."""
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        browser.get(url)
    return len(queries)
