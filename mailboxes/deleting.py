"""Deletes a mailbox with everything in it."""

from datetime import datetime

from django.db import transaction
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from mailboxes import changing, rescuing, segments, tasks
from mailboxes.models import (
    Alarm,
    Conversation,
    Delivery,
    DiscardFilter,
    Mailbox,
    MailboxAccess,
    Message,
    MessageOrigin,
    OutgoingMessage,
    RoutingRule,
    SentCopy,
)
from servers.credentials import forget_unused_credentials
from servers.models import IncomingServer, OutgoingServer


def what_goes_with(mailbox: Mailbox) -> list[str]:
    """Return, in words, what is deleted together with the mailbox (SPEC M1)."""
    counts = [
        (Conversation.objects.filter(mailbox=mailbox).unmerged().count(), "conversation"),
        (Message.objects.filter(mailbox=mailbox).exclude(state__in=Message.HIDDEN).count(), "received message"),
        (Message.objects.filter(mailbox=mailbox).discarded().count(), "discarded message"),
        (_sent_by_people(mailbox).count(), "sent or waiting message"),
        (mailbox.incoming_servers.count(), "incoming server"),
        (mailbox.outgoing_servers.count(), "outgoing server"),
        (DiscardFilter.objects.filter(mailbox=mailbox).count(), "discard filter"),
        (RoutingRule.objects.filter(mailbox=mailbox).count(), "routing rule"),
    ]
    goes = [f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s" for count, noun in counts if count]
    return goes + scheduled_in_words(OutgoingMessage.objects.filter(mailbox=mailbox))


def scheduled_in_words(messages: QuerySet[OutgoingMessage]) -> list[str]:
    """Return, in words, how many of these messages were to leave later; nothing for none."""
    waiting = Delivery.objects.filter(state__in=Delivery.WAITING).values("outgoing_message")
    count = messages.filter(is_scheduled=True, pk__in=waiting).count()
    if not count:
        return []
    return [f"{_counted(count, 'scheduled message')}, which {'is' if count == 1 else 'are'} then not sent"]


def _sent_by_people(mailbox: Mailbox) -> QuerySet[OutgoingMessage]:
    rows = OutgoingMessage.objects.filter(mailbox=mailbox, is_confidential=False)
    return rows.exclude(origin=OutgoingMessage.Origin.PROBE)


def delete(mailbox: Mailbox, *, successor: Mailbox | None = None, now: datetime) -> None:
    """Delete the mailbox, its servers and its mail. What is on the servers stays there.

    Nobody sees it any more at once, and its name and its accounts are free; the rows are removed in the background,
    because that may take minutes. `successor` becomes the default of its segment in its place; raises SuccessorNeeded
    when it is missing.
    """
    rescuing.give_up_waiting(mailbox, now=now)
    with transaction.atomic():
        going = Mailbox.objects.select_for_update(of=("self",)).filter(pk=mailbox.pk).first()
        if going is None:
            return  # Somebody else was quicker.
        segments.let_go(going, successor=successor)
        changing.deactivate(going, now=now)
        _close_servers(going)
        _close_alarms(going, now=now)
        MailboxAccess.objects.filter(mailbox=going).delete()
        Mailbox.objects.filter(pk=going.pk).update(deleted_at=now, name=f"deleted {going.pk}", direct_token=None)
        tasks.remove_deleted_mailbox.ring(going.tenant_id, going.pk)


def _close_servers(mailbox: Mailbox) -> None:
    """Take leases and secrets from the servers, and let another mailbox have their accounts.

    A poll that is under way has lost its lease and stores nothing more.
    """
    closed = {"is_active": False, "password": None, "oauth": None, "paused_at": None, "pause_reason": ""}
    IncomingServer.objects.filter(mailbox=mailbox).update(
        **closed,
        # Unique beside every host, and no account of anybody.
        username=Cast("pk", CharField(max_length=36)),
        poll_token=None,
        poll_started=False,
        poll_lease_until=None,
        watch_token=None,
        watch_lease_until=None,
        watched_since=None,
    )
    OutgoingServer.objects.filter(mailbox=mailbox).update(**closed)
    forget_unused_credentials(mailbox.pk)


def _close_alarms(mailbox: Mailbox, *, now: datetime) -> None:
    Alarm.objects.filter(mailbox=mailbox, cleared_at=None).update(cleared_at=now)


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
