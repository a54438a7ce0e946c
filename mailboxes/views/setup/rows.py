"""What the list of mailboxes shows of each one."""

from __future__ import annotations

from dataclasses import dataclass

from mailboxes.models import Mailbox
from servers.models import IncomingServer, OutgoingServer


@dataclass(frozen=True)
class MailboxRow:
    """A mailbox with one server to speak for each direction; both come prefetched."""

    mailbox: Mailbox
    incoming: IncomingServer | None
    # One that needs someone, else the default.
    outgoing: OutgoingServer | None
    outgoing_count: int


def row_of(mailbox: Mailbox) -> MailboxRow:
    outgoing = list(mailbox.outgoing_servers.all())
    needing = [server for server in outgoing if server.needs_someone]
    return MailboxRow(
        mailbox=mailbox,
        incoming=next(iter(mailbox.incoming_servers.all()), None),
        outgoing=next(iter([*needing, *outgoing]), None),
        outgoing_count=len(outgoing),
    )
