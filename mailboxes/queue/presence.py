"""Who has a conversation open, and who writes in it (SPEC Q4): so that two people do not answer the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailboxes.models import Conversation, Presence
from mailhub.tenancy.models import Membership

# The page tells every few seconds that it is open; a browser that sleeps or has crashed is forgotten after this.
LAPSES_AFTER = timedelta(seconds=30)
# Rows of people who left are of no use; they are removed when the sweep comes by.
REMOVED_AFTER = timedelta(hours=1)
# More names tell nobody more.
MOST_NAMED = 5


@dataclass(frozen=True)
class Present:
    """Somebody else who has the conversation open."""

    name: str
    is_writing: bool

    @property
    def words(self) -> str:
        return f"{self.name} is writing a reply" if self.is_writing else f"{self.name} is looking at it"


def tell(conversation: Conversation, membership: Membership, *, is_writing: bool, now: datetime) -> None:
    """This person has the conversation open."""
    row = Presence(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        membership=membership,
        is_writing=is_writing,
        seen_at=now,
    )
    Presence.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["conversation", "membership"],
        update_fields=["is_writing", "seen_at"],
    )


def leave(conversation: Conversation, membership: Membership) -> None:
    """This person has closed it."""
    Presence.objects.filter(conversation=conversation, membership=membership).delete()


def others_at(conversation: Conversation, membership: Membership, *, now: datetime) -> list[Present]:
    """Return who else is at it right now, first who writes. Who may not see the mailbox (any more) is not there."""
    rows = Presence.objects.filter(conversation=conversation, seen_at__gt=now - LAPSES_AFTER)
    rows = rows.filter(membership__is_active=True, membership__user__is_active=True).exclude(membership=membership)
    found = rows.select_related("membership__user").order_by("-is_writing", "membership__user__name", "pk")
    return [Present(str(one.membership.user), one.is_writing) for one in found[:MOST_NAMED]]


def forget_lapsed(*, now: datetime) -> int:
    """Remove rows of people who left long ago; return how many."""
    removed, _by_model = Presence.objects.filter(seen_at__lt=now - REMOVED_AFTER).delete()
    return removed
