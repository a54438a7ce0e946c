import pytest

from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    """The outgoing server of the mailbox that the member may use."""
    return make_outgoing(cast.mailbox, from_address="support@acme.example")
