"""A mailbox in which there is something to find."""

from collections.abc import Callable, Iterator

import pytest

from mailboxes import searching
from mailboxes.models import Conversation
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast

Find = Callable[..., set[str]]


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        yield cast


@pytest.fixture
def find(cast: Cast) -> Find:
    """Return the subjects of what a person finds; the owner, unless it is said."""

    def found(text: str, by: Membership | None = None) -> set[str]:
        person = by or cast.owner
        with tenant_scope(person.tenant_id):
            conversations = Conversation.objects.visible_to(person).unmerged()
            rows = searching.narrow(conversations, text, membership=person, now=clock.now())
            return {one.subject for one in rows}

    return found
