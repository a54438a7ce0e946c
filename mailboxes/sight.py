"""What a person may see, read once for all that one page asks.

A page asks a dozen times for what somebody may see: for its list, and for each count beside it. Within `seeing` these
questions name the mailboxes as they were found when the page began, instead of finding them a dozen times. The database
then knows how much mail they hold, and takes the way that is fast for it.

It is for a page and no longer: what runs for more than a moment asks anew, as permissions change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Sight:
    """The mailboxes of one person."""

    membership_id: UUID
    mailbox_ids: tuple[UUID, ...]
    # Whether the account has no other mailbox, not even one that was deleted: then no row needs to be left out.
    is_everything: bool


_current: ContextVar[Sight | None] = ContextVar("sight", default=None)


@contextmanager
def seeing(sight: Sight | None) -> Iterator[None]:
    """Within it, `visible_to` of this person takes the mailboxes from here; None changes nothing."""
    token = _current.set(sight)
    try:
        yield
    finally:
        _current.reset(token)


def sight_of(membership: Membership) -> Sight | None:
    """Return what was read of this person's mailboxes; None where each query finds them itself."""
    sight = _current.get()
    return sight if sight is not None and sight.membership_id == membership.pk else None
