"""The suppression list as a person sees it: addresses, and domains (SPEC S6)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mailboxes.models import AddressStanding, Mailbox, StandingChange
from mailhub.tenancy.models import Membership
from sequences.models import Contact

# What each chip of the list shows.
WHY: Mapping[str, tuple[str, Q]] = {
    "incorrect": ("Incorrect", Q(incorrect_since__isnull=False)),
    "unsubscribed": ("Unsubscribed", Q(unsubscribed_at__isnull=False)),
    "complained": ("Complained", Q(complained_at__isnull=False)),
}
_ANY = Q(incorrect_since__isnull=False) | Q(unsubscribed_at__isnull=False) | Q(complained_at__isnull=False)


def suppressed_addresses(viewer: Membership, *, why: str = "", search: str = "") -> QuerySet[Any]:
    """Return the standing of addresses that lists do not write to, what changed last first.

    Whom a hidden mailbox wrote to is not shown (SPEC T3): those are left out whom neither a contact, nor a person's
    hand, nor mail of the viewer's mailboxes speaks of.
    """
    rows = visible_standings(viewer).filter(WHY[why][1] if why in WHY else _ANY)
    if search:
        rows = rows.filter(address__icontains=search)
    return rows.order_by("-changed_at", "-id")


def visible_standings(viewer: Membership) -> QuerySet[Any]:
    """Return the standings of addresses that this person may know of."""
    if viewer.sees_every_mailbox:
        return AddressStanding.objects.all()
    known = Contact.objects.filter(tenant=OuterRef("tenant"), address=OuterRef("address"))
    said = visible_changes(viewer).filter(standing=OuterRef("pk")).exclude(event=StandingChange.Event.CLEARED)
    return AddressStanding.objects.filter(Exists(known) | Exists(said))


def visible_changes(viewer: Membership) -> QuerySet[Any]:
    """Return what happened to addresses by a person's hand, and by mail of mailboxes that `viewer` may use."""
    if viewer.sees_every_mailbox:
        return StandingChange.objects.all()
    mine = Mailbox.objects.visible_to(viewer).values("pk")
    by_hand = Q(message=None, delivery=None, membership__isnull=False)
    by_mail = Q(message__mailbox__in=mine) | Q(message=None, delivery__outgoing_message__mailbox__in=mine)
    return StandingChange.objects.filter(by_hand | by_mail)
