import pytest

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Tenant
from tests.factories import make_mailbox, make_outgoing, make_tenant


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def mailbox(tenant: Tenant) -> Mailbox:
    """A service mailbox that can send."""
    mailbox = make_mailbox(tenant, address="support@acme.example")
    make_outgoing(mailbox, from_address="support@acme.example")
    return mailbox
