"""Whom a conversation is with: the panel beside it (SPEC Q5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min

from mailboxes.addresses import normalise
from mailboxes.models import AddressStanding, Conversation, Participant
from mailboxes.showing import shown_name
from mailhub.tenancy.models import Membership

MOST_EARLIER = 5
MOST_PARTICIPANTS = 30


@dataclass(frozen=True)
class Panel:
    """The correspondent, what else was spoken of with them, and who takes part."""

    name: str
    address: str
    # When they first wrote or were written to, in the mailboxes that the viewer may see.
    known_since: datetime | None
    standing: AddressStanding | None
    earlier: tuple[Conversation, ...]
    has_more: bool
    participants: tuple[str, ...]
    has_more_participants: bool


def panel_of(conversation: Conversation, viewer: Membership) -> Panel:
    """Return what is known of the correspondent, out of the mailboxes that `viewer` may see (SPEC T3)."""
    address = conversation.correspondent_address
    same = Conversation.objects.visible_to(viewer).unmerged().filter(correspondent_address=address)
    earlier: list[Conversation] = []
    known_since = None
    if address:
        known_since = same.aggregate(first=Min("created_at"))["first"]
        others = same.exclude(pk=conversation.pk).select_related("mailbox").order_by("-last_at", "-id")
        earlier = list(others[: MOST_EARLIER + 1])
    people = Participant.objects.filter(conversation=conversation).order_by("address")
    participants = list(people.values_list("address", flat=True)[: MOST_PARTICIPANTS + 1])
    return Panel(
        name=shown_name(conversation.correspondent_name, address),
        address=address,
        known_since=known_since,
        standing=AddressStanding.objects.filter(address=normalise(address)).first() if address else None,
        earlier=tuple(earlier[:MOST_EARLIER]),
        has_more=len(earlier) > MOST_EARLIER,
        participants=tuple(participants[:MOST_PARTICIPANTS]),
        has_more_participants=len(participants) > MOST_PARTICIPANTS,
    )
