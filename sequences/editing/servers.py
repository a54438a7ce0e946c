"""The outgoing servers that a person may choose for a sequence, and why some cannot be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from sequences.enrolling import usable_servers
from servers.models import OutgoingServer


@dataclass(frozen=True)
class Offered:
    """A server, and why it cannot send a sequence; "" where it can."""

    server: OutgoingServer
    why_not: str


@dataclass(frozen=True)
class Group:
    """The servers of one marketing mailbox."""

    mailbox: Mailbox
    servers: tuple[Offered, ...]


@dataclass(frozen=True)
class Offer:
    """What a person may choose from. `others` counts the mailboxes that are not for marketing."""

    groups: tuple[Group, ...]
    others: int

    @property
    def has_usable(self) -> bool:
        return any(not one.why_not for one in self.all)

    @property
    def all(self) -> tuple[Offered, ...]:
        return tuple(one for group in self.groups for one in group.servers)

    def named(self, server_id: str) -> Offered | None:
        """Return the server of this id; None for any other, whether or not it exists."""
        return next((one for one in self.all if str(one.server.pk) == server_id), None)


def offer_to(membership: Membership, *, now: datetime) -> Offer:
    """Return the servers of the marketing mailboxes that a person may use, by mailbox. Five queries."""
    visible = Mailbox.objects.visible_to(membership)
    marketing = visible.filter(kind=Mailbox.Kind.MARKETING)
    rows = OutgoingServer.objects.filter(mailbox__in=marketing).select_related("mailbox")
    servers = list(rows.order_by("mailbox__name", "mailbox_id", "-is_default", "from_address", "pk"))
    refusals = usable_servers(servers, by=membership, now=now)
    groups = [
        Group(mailbox, tuple(Offered(one, refusals[one.pk]) for one in found))
        for mailbox, found in groupby(servers, key=lambda one: one.mailbox)
    ]
    return Offer(tuple(groups), visible.exclude(kind=Mailbox.Kind.MARKETING).count())
