"""Deletes a mailbox with everything in it."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from mailboxes import changing, rescuing, segments
from mailboxes.models import Conversation, Mailbox, Message, MessageOrigin, OutgoingMessage, SentCopy
from servers.credentials import forget_unused_credentials
from servers.models import IncomingServer


def what_goes_with(mailbox: Mailbox) -> list[str]:
    """Return, in words, what is deleted together with the mailbox (SPEC M1)."""
    counts = [
        (Conversation.objects.filter(mailbox=mailbox).count(), "conversation"),
        (Message.objects.filter(mailbox=mailbox).exclude(state__in=Message.HIDDEN).count(), "received message"),
        (_sent_by_people(mailbox).count(), "sent or waiting message"),
        (mailbox.incoming_servers.count(), "incoming server"),
        (mailbox.outgoing_servers.count(), "outgoing server"),
    ]
    return [f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s" for count, noun in counts if count]


def _sent_by_people(mailbox: Mailbox) -> QuerySet[OutgoingMessage]:
    rows = OutgoingMessage.objects.filter(mailbox=mailbox, is_confidential=False)
    return rows.exclude(origin=OutgoingMessage.Origin.PROBE)


def delete(mailbox: Mailbox, *, successor: Mailbox | None = None, now: datetime) -> None:
    """Delete the mailbox, its servers and its mail. What is on the servers stays there.

    `successor` becomes the default of its segment in its place; raises SuccessorNeeded when it is missing.
    """
    rescuing.give_up_waiting(mailbox, now=now)
    with transaction.atomic():
        segments.let_go(mailbox, successor=successor)
        changing.deactivate(mailbox, now=now)
        mailbox.delete()


def what_goes_with_incoming(server: IncomingServer) -> list[str]:
    """Return, in words, what is deleted together with an incoming server; its messages here stay."""
    waiting = MessageOrigin.objects.filter(server=server, removal=MessageOrigin.Removal.PENDING).count()
    later = MessageOrigin.objects.filter(
        server=server, removal=MessageOrigin.Removal.KEEP, remove_at__isnull=False
    ).count()
    copies = SentCopy.objects.filter(server=server, state=SentCopy.State.WAITING).count()
    errors = server.errors.count()
    goes = ["its settings and its password"]
    if errors:
        goes.append(f"{_counted(errors, 'error')} in the list of the mailbox")
    if waiting + later:
        goes.append(f"the removal of {_counted(waiting + later, 'message')} from the server: they stay there")
    if copies:
        goes.append(f"{_counted(copies, 'copy', 'copies')} of sent mail not yet put into its Sent folder")
    return goes


def delete_incoming(server: IncomingServer) -> None:
    """Delete an incoming server with its record of what was fetched; messages stay, here and on the server."""
    with transaction.atomic():
        server.delete()
        forget_unused_credentials(server.mailbox_id)


def _counted(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
