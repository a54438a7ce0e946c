import pytest

from mailboxes.models import Mailbox
from tests.factories import Cast, make_cast, make_outgoing


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def mailbox(cast: Cast) -> Mailbox:
    """The service mailbox that the member may use; it can send."""
    make_outgoing(cast.mailbox)
    return cast.mailbox
