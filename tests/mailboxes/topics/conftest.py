"""The cast with a mailbox that receives and sends, in its scope."""

from collections.abc import Iterator

import pytest
from django.test import Client

from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def scope(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the test itself look at the rows of the cast's tenant, if it has a cast."""
    if "cast" not in request.fixturenames:
        yield
        return
    with tenant_scope(request.getfixturevalue("cast").tenant.pk):
        yield


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, from_address="support@acme.example")


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture
def member(cast: Cast) -> Client:
    return signed_in(cast.member)


@pytest.fixture
def stranger(cast: Cast) -> Client:
    return signed_in(cast.stranger)
