"""What the list of mailboxes shows of each one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailboxes.models import Mailbox
from mailboxes.reply_results import Result, worst_of
from servers.models import IncomingServer, OutgoingServer


@dataclass(frozen=True)
class MailboxRow:
    """A mailbox with one server to speak for each direction; both come prefetched."""

    mailbox: Mailbox
    # One that needs someone, else the primary one; and one that needs someone, else the default.
    incoming: IncomingServer | None
    outgoing: OutgoingServer | None
    outgoing_count: int
    # What people should see first of the reply checks of all its outgoing servers; None without any.
    reply_check: Result | None = None


def row_of(mailbox: Mailbox, reply_checks: Mapping[uuid.UUID, Result], *, now: datetime) -> MailboxRow:
    receiving = list(mailbox.incoming_servers.all())
    outgoing = list(mailbox.outgoing_servers.all())
    needing = [server for server in outgoing if server.needs_someone(now)]
    return MailboxRow(
        mailbox=mailbox,
        incoming=next(iter([*(one for one in receiving if one.needs_someone(now)), *receiving]), None),
        outgoing=next(iter([*needing, *outgoing]), None),
        outgoing_count=len(outgoing),
        reply_check=worst_of(reply_checks[server.pk] for server in outgoing) if outgoing else None,
    )
