"""Reads the mailboxes of who asks once, for a whole page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mailboxes import sight
from mailboxes.overview import mailboxes_of, sight_from
from mailhub.tenancy.principal import TenantRequest


@contextmanager
def mailboxes_read(request: TenantRequest) -> Iterator[None]:
    """Within it, everything that the page asks for is in the mailboxes as they are now, and its frame shows them."""
    membership = request.principal.membership
    request.seen_mailboxes = mailboxes_of(membership)
    with sight.seeing(sight_from(membership, request.seen_mailboxes)):
        yield
