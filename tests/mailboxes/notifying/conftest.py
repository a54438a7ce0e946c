from collections.abc import Iterator

import pytest

from mailboxes.models import Conversation, Mailbox
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing
from tests.mailboxes.automatic.post import in_scope_of
from tests.mailboxes.notifying.rows import make_conversation


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, from_address=cast.mailbox.address)


@pytest.fixture
def mailbox(cast: Cast) -> Iterator[Mailbox]:
    """The mailbox that the member may use; the scope of its account is open."""
    with in_scope_of(cast.mailbox):
        yield cast.mailbox


@pytest.fixture
def conversation(mailbox: Mailbox) -> Conversation:
    return make_conversation(mailbox)
