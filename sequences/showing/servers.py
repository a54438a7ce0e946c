"""The outgoing servers that a sequence may go through, and why others cannot."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from sequences.enrolling import usable_servers
from sequences.models import Sequence
from servers.models import OutgoingServer

# A person who sees so many chooses by searching elsewhere; none that is chosen is left out.
_MOST = 500


@dataclass(frozen=True)
class Choice:
    """An outgoing server that may be chosen, or why it may not."""

    server: OutgoingServer
    why_not: str
    is_default: bool

    @property
    def label(self) -> str:
        """For a list of choices: whose mail it sends, and from which mailbox."""
        name = self.server.name or self.server.display_name
        named = f"{name} <{self.server.from_address}>" if name else str(self.server.from_address)
        return f"{named} · {self.server.mailbox}"


def choices_for(sequence: Sequence, viewer: Membership, *, now: datetime) -> list[Choice]:
    """Return the servers of marketing mailboxes that a person may use: the default first, then what can be chosen."""
    mailboxes = Mailbox.objects.visible_to(viewer).filter(kind=Mailbox.Kind.MARKETING, deleted_at=None)
    rows = OutgoingServer.objects.filter(mailbox__in=mailboxes).select_related("mailbox")
    servers = list(rows.order_by("mailbox__name", "-is_default", "from_address", "id")[:_MOST])
    why_not = usable_servers(servers, by=viewer, now=now)
    choices = [Choice(one, why_not[one.pk], one.pk == sequence.server_id) for one in servers]
    return sorted(choices, key=lambda one: (not one.is_default, bool(one.why_not)))


def usable(choices: Listed[Choice]) -> list[Choice]:
    """Return those that may be chosen."""
    return [one for one in choices if not one.why_not]
