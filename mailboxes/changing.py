"""Changes mailboxes and their servers. Workers write to the same rows, so each change saves its own fields only."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mailboxes import outbox
from mailboxes.models import Delivery, Mailbox
from servers.endpoints import SignIn
from servers.models import IncomingServer, OutgoingServer

_INCOMING_SETTINGS = (
    "name", "protocol", "host", "port", "security", "username", "password", "copy_mail", "comments",
)  # fmt: skip
_OUTGOING_SETTINGS = (
    "name", "display_name", "from_address", "reply_to", "envelope_from",
    "host", "port", "security", "authenticate", "username", "password",
)  # fmt: skip
# Another value of one of these leads to other mail.
_ACCOUNT = ("protocol", "host", "username")

SERVER_DELETED = "Not sent: the outgoing server was deleted."


class DefaultNeeded(ValueError):
    """The default outgoing server goes and others stay, so one of them has to take its place."""


def change_mailbox(mailbox: Mailbox) -> None:
    """Save what a person may change. Raises IntegrityError when the name was taken meanwhile.

    The kind is written only while no mail has flowed, also if the first one comes in at this moment (SPEC M2).
    """
    with transaction.atomic():
        mailbox.save(update_fields=["name", "address", "comments"])
        Mailbox.objects.filter(pk=mailbox.pk, first_mail_at=None).update(kind=mailbox.kind)


def activate(mailbox: Mailbox, *, now: datetime) -> None:
    """Fetch and send again, beginning now."""
    with transaction.atomic():
        Mailbox.objects.filter(pk=mailbox.pk).update(is_active=True)
        for incoming in mailbox.incoming_servers.all():
            incoming.make_due(now=now)
        for outgoing in mailbox.outgoing_servers.all():
            outbox.make_due(outgoing, now=now)


def deactivate(mailbox: Mailbox) -> None:
    """Stop fetching and sending; nothing is lost, what waits in the outbox stays there."""
    Mailbox.objects.filter(pk=mailbox.pk).update(is_active=False)


def change_incoming(server: IncomingServer, *, also_for: Sequence[OutgoingServer] = (), now: datetime) -> None:
    """Save the settings and poll at once; the outgoing servers of `also_for` sign in in the same way from now on.

    Raises IntegrityError when another mailbox fetches this account meanwhile.
    """
    with transaction.atomic():
        before = IncomingServer.objects.select_for_update().get(pk=server.pk)
        server.save(update_fields=_INCOMING_SETTINGS)
        if any(getattr(before, name) != getattr(server, name) for name in _ACCOUNT):
            _start_anew(server)
        server.make_due(now=now)
        for outgoing in also_for:
            _sign_in_as(outgoing, server.sign_in(), now=now)


def resume_retrieval(server: IncomingServer, *, now: datetime) -> None:
    """Fetch again, beginning now (SPEC M8)."""
    IncomingServer.objects.filter(pk=server.pk).update(is_active=True)
    server.make_due(now=now)


def stop_retrieval(server: IncomingServer) -> None:
    """Fetch nothing more and keep the settings; sending goes on (SPEC M8)."""
    IncomingServer.objects.filter(pk=server.pk).update(is_active=False)


def change_outgoing(server: OutgoingServer, *, now: datetime) -> None:
    """Save the settings and try what waits for this server at once."""
    with transaction.atomic():
        server.save(update_fields=_OUTGOING_SETTINGS)
        outbox.make_due(server, now=now)


def resume_sending(server: OutgoingServer, *, now: datetime) -> None:
    """Send through this server again, beginning with what waits."""
    with transaction.atomic():
        OutgoingServer.objects.filter(pk=server.pk).update(is_active=True)
        outbox.make_due(server, now=now)


def stop_sending(server: OutgoingServer) -> None:
    """Send nothing more through this server; what waits for it stays in the outbox."""
    OutgoingServer.objects.filter(pk=server.pk).update(is_active=False)


def make_default(server: OutgoingServer) -> None:
    """Let new mail of the mailbox go through this server unless another one is chosen."""
    with transaction.atomic():
        OutgoingServer.objects.filter(mailbox_id=server.mailbox_id, is_default=True).update(is_default=False)
        OutgoingServer.objects.filter(pk=server.pk).update(is_default=True)


def delete_outgoing(server: OutgoingServer, *, successor: OutgoingServer | None, now: datetime) -> None:
    """Delete the server; what still waits for it is not sent and says so.

    `successor` becomes the default in its place. Raises DefaultNeeded when it is missing.
    """
    others = OutgoingServer.objects.filter(mailbox_id=server.mailbox_id).exclude(pk=server.pk)
    with transaction.atomic():
        if server.is_default and successor is None and others.exists():
            raise DefaultNeeded(f"{server} is the default of its mailbox.")
        waiting = Delivery.objects.filter(server=server, state__in=Delivery.WAITING)
        waiting.update(state=Delivery.State.FAILED, reply_text=SERVER_DELETED, settled_at=now)
        server.delete()
        if successor is not None:
            make_default(successor)


def _sign_in_as(server: OutgoingServer, sign_in: SignIn, *, now: datetime) -> None:
    server.username = sign_in.username
    server.password = sign_in.password
    change_outgoing(server, now=now)


def _start_anew(server: IncomingServer) -> None:
    """Forget how far the former account was read; its cursor and identities mean nothing in the new one.

    A poll of the former account that is under way loses its lease and so stores nothing more. Messages that are in the
    new account too are recognised by their content.
    """
    server.folders.all().delete()
    IncomingServer.objects.filter(pk=server.pk).update(
        poll_token=None,
        poll_lease_until=None,
        poll_started=False,
        last_success_at=None,
        last_polled_at=None,
        last_mail_at=None,
        last_failure_at=None,
        last_failure="",
    )
