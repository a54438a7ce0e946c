"""What most tests of sequences begin with: an account in whose scope they run, and a mailbox that may send."""

from collections.abc import Iterator

import pytest

from mailboxes.models import Mailbox
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.sequences.factories import make_marketing_mailbox


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def scope(cast: Cast) -> Iterator[None]:
    with tenant_scope(cast.tenant.pk):
        yield


@pytest.fixture
def mailbox(cast: Cast, scope: None) -> Mailbox:
    return make_marketing_mailbox(cast.tenant, "Sales")
