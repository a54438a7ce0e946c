"""A mailbox that is polled and sends, within the scope of its account."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import IncomingServer, OutgoingServer
from tests.factories import Cast, make_cast, make_incoming, make_outgoing


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def incoming(cast: Cast) -> IncomingServer:
    return make_incoming(cast.mailbox)


@pytest.fixture
def server(cast: Cast, incoming: IncomingServer) -> OutgoingServer:
    return make_outgoing(cast.mailbox, display_name="Acme Support")


@pytest.fixture(autouse=True)
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def now() -> datetime:
    return clock.now()
