"""A tenant on the standard plan, with its scope open."""

from collections.abc import Iterator

import pytest
from django.test import Client

from billing import subscribing
from billing.models import Plan, Subscription
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def scope(cast: Cast) -> Iterator[None]:
    """Let the test itself look at the rows of the cast's tenant."""
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def subscription(scope: None) -> Subscription:
    """The one subscription of the cast's tenant; two mailboxes count against it."""
    return subscribing.first_subscription()


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def free(db: None) -> Plan:
    return Plan.objects.get(code="free", is_current=True)


@pytest.fixture
def premium(db: None) -> Plan:
    return Plan.objects.get(code="premium", is_current=True)
