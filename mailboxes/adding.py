"""Adds a mailbox with its first servers, and further servers to a mailbox."""

import uuid
from datetime import datetime
from typing import cast

from django.db import transaction

from billing import ledger, subscribing
from mailboxes import permitting, reply_checking, segments
from mailboxes.models import Mailbox
from servers.credentials import save_credential_of
from servers.endpoints import Protocol
from servers.models import IncomingServer, OutgoingServer


def add_mailbox(
    mailbox: Mailbox,
    *,
    incoming: IncomingServer | None,
    outgoing: OutgoingServer | None,
    now: datetime,
    agrees_to_fee: bool = False,
) -> Mailbox:
    """Create a mailbox with the servers that it starts with, all or nothing (SPEC M3, M4).

    Without a segment or a subscription it gets the first one of its tenant. Raises IntegrityError when the name, or the
    account to fetch, was taken meanwhile; LimitReached where the plan has no room for one more active mailbox, and
    FeeNotAgreed where it costs a fee that nobody agreed to.
    """
    with transaction.atomic():
        _place(mailbox)
        mailbox.save(force_insert=True)
        segments.take_in(mailbox)
        if mailbox.is_active:
            ledger.activate(mailbox.subscription, mailbox.pk, mailbox.name, now=now, agrees_to_fee=agrees_to_fee)
        if incoming is not None:
            add_incoming(mailbox, incoming, now=now)
        if outgoing is not None:
            add_outgoing(mailbox, outgoing, now=now)
    return mailbox


def add_incoming(mailbox: Mailbox, server: IncomingServer, *, now: datetime) -> None:
    """Give the mailbox its incoming server, poll it at once, and check whether answers arrive there (SPEC M13).

    Raises IntegrityError when the mailbox has a primary one, or when another mailbox fetches this account.
    """
    server.is_primary = True
    _add_receiving(mailbox, server, now=now)


def add_connected(mailbox: Mailbox, server: IncomingServer, *, now: datetime) -> None:
    """Connect one more POP account to the mailbox, and poll it at once (SPEC M6).

    Raises IntegrityError when another mailbox fetches this account.
    """
    server.is_primary = False
    server.protocol = Protocol.POP3
    _add_receiving(mailbox, server, now=now)


def _add_receiving(mailbox: Mailbox, server: IncomingServer, *, now: datetime) -> None:
    server.tenant_id = mailbox.tenant_id
    server.mailbox = mailbox
    server.next_poll_at = now
    with transaction.atomic():
        save_credential_of(server)
        server.save(force_insert=True)
        reply_checking.check_unchecked(mailbox, now=now)


def add_outgoing(mailbox: Mailbox, server: OutgoingServer, *, now: datetime) -> None:
    """Give the mailbox one more outgoing server, and check whether answers arrive; the first one is its default."""
    server.tenant_id = mailbox.tenant_id
    server.mailbox = mailbox
    with transaction.atomic():
        server.is_default = not mailbox.outgoing_servers.filter(is_default=True).exists()
        save_credential_of(server)
        server.save(force_insert=True)
        reply_checking.check_unchecked(mailbox, now=now)


def _place(mailbox: Mailbox) -> None:
    # The types say that both are always there, which is true of rows that are saved.
    if cast(uuid.UUID | None, mailbox.segment_id) is None:
        mailbox.segment = segments.first_segment()
    if cast(uuid.UUID | None, mailbox.subscription_id) is None:
        mailbox.subscription = subscribing.first_subscription()
    if not permitting.may_change(mailbox):
        # Without permissions by person everyone sees every mailbox (SPEC T5).
        mailbox.is_open = True
