"""Adds a mailbox with its first servers, and further servers to a mailbox."""

from datetime import datetime

from django.db import transaction

from mailboxes.models import Mailbox
from servers.models import IncomingServer, OutgoingServer


def add_mailbox(
    mailbox: Mailbox, *, incoming: IncomingServer | None, outgoing: OutgoingServer | None, now: datetime
) -> Mailbox:
    """Create a mailbox with the servers that it starts with, all or nothing (SPEC M3, M4).

    Raises IntegrityError when the name, or the account to fetch, was taken meanwhile.
    """
    with transaction.atomic():
        mailbox.save(force_insert=True)
        if incoming is not None:
            add_incoming(mailbox, incoming, now=now)
        if outgoing is not None:
            add_outgoing(mailbox, outgoing)
    return mailbox


def add_incoming(mailbox: Mailbox, server: IncomingServer, *, now: datetime) -> None:
    """Give the mailbox its incoming server, and poll it at once.

    Raises IntegrityError when the mailbox has a primary one, or when another mailbox fetches this account.
    """
    server.tenant_id = mailbox.tenant_id
    server.mailbox = mailbox
    server.is_primary = True
    server.next_poll_at = now
    with transaction.atomic():
        server.save(force_insert=True)


def add_outgoing(mailbox: Mailbox, server: OutgoingServer) -> None:
    """Give the mailbox one more outgoing server; the first one is its default."""
    server.tenant_id = mailbox.tenant_id
    server.mailbox = mailbox
    with transaction.atomic():
        server.is_default = not mailbox.outgoing_servers.filter(is_default=True).exists()
        server.save(force_insert=True)
