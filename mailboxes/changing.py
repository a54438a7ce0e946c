"""Changes mailboxes and their servers. Workers write to the same rows, so each change saves its own fields only."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from billing import ledger
from billing.models import Subscription
from mailboxes import following_plans, keeping, outbox, reply_checking, segments, settling
from mailboxes.models import Mailbox
from servers.credentials import forget_unused_credentials, save_credential_of
from servers.models import IncomingServer, OAuthCredential, OutgoingServer

_INCOMING_SETTINGS = (
    "name", "protocol", "host", "port", "security", "username", "password", "oauth", "copy_mail", "comments",
    "remove_after_days", "watch_junk", "read_sent", "copy_to_sent",
)  # fmt: skip
_OUTGOING_SETTINGS = (
    "name", "display_name", "from_address", "reply_to", "envelope_from",
    "host", "port", "security", "authenticate", "username", "password", "oauth",
)  # fmt: skip
# Another value of one of these leads to other mail.
_ACCOUNT = ("protocol", "host", "username")
# Another value of one of these may lead answers elsewhere.
_WAY_BACK = ("from_address", "reply_to", "envelope_from", "host", "port", "username")

SERVER_DELETED = "Not sent: the outgoing server was deleted."


class DefaultNeeded(ValueError):
    """The default outgoing server goes and others stay, so one of them has to take its place."""


def change_mailbox(
    mailbox: Mailbox, *, successor: Mailbox | None = None, agrees_to_fee: bool = False, now: datetime
) -> None:
    """Save what a person may change. Raises IntegrityError when the name was taken meanwhile.

    The kind is written only while no mail has flowed, also if the first one comes in at this moment (SPEC M2). Another
    segment needs a `successor` where the mailbox was the default (else SuccessorNeeded), another subscription has its
    limits (else LimitReached or FeeNotAgreed).
    """
    with transaction.atomic():
        before: Mailbox = _lock(mailbox)
        if before.segment_id != mailbox.segment_id:
            segments.move_mailbox(before, mailbox.segment, successor=successor)
        if before.subscription_id != mailbox.subscription_id:
            _count_against(before, mailbox.subscription, agrees_to_fee=agrees_to_fee, now=now)
        mailbox.save(update_fields=["name", "address", "comments"])
        Mailbox.objects.filter(pk=mailbox.pk, first_mail_at=None).update(kind=mailbox.kind)


def activate(mailbox: Mailbox, *, now: datetime, agrees_to_fee: bool = False) -> None:
    """Fetch and send again, beginning now; one that is active already counts once.

    Raises LimitReached where the plan has no room for one more, FeeNotAgreed where nobody agreed to its fee.
    """
    with transaction.atomic():
        if Mailbox.objects.filter(pk=mailbox.pk, is_active=False).update(is_active=True):
            counted = _lock(mailbox)
            ledger.activate(counted.subscription, mailbox.pk, counted.name, now=now, agrees_to_fee=agrees_to_fee)
        for incoming in mailbox.incoming_servers.all():
            incoming.make_due(now=now)
        for outgoing in mailbox.outgoing_servers.all():
            outbox.make_due(outgoing, now=now)
        reply_checking.check_unchecked(mailbox, now=now)


def deactivate(mailbox: Mailbox, *, now: datetime) -> None:
    """Stop fetching and sending; nothing is lost, what waits in the outbox stays there."""
    with transaction.atomic():
        if Mailbox.objects.filter(pk=mailbox.pk, is_active=True).update(is_active=False):
            counted = _lock(mailbox)
            ledger.deactivate(counted.subscription, mailbox.pk, counted.name, now=now)


def change_incoming(server: IncomingServer, *, also_for: Sequence[OutgoingServer] = (), now: datetime) -> None:
    """Save the settings and poll at once; the outgoing servers of `also_for` sign in in the same way from now on.

    A connected POP account pauses or goes on as its encryption is part of the plan or not. Raises IntegrityError
    when another mailbox fetches this account meanwhile.
    """
    with transaction.atomic():
        subscription = following_plans.lock_plan(server.mailbox_id)
        before = IncomingServer.objects.select_for_update().get(pk=server.pk)
        save_credential_of(server)
        server.save(update_fields=_INCOMING_SETTINGS)
        if any(getattr(before, name) != getattr(server, name) for name in _ACCOUNT):
            _start_anew(before)
        keeping.follow(before, server, now=now)
        server.make_due(now=now)
        following_plans.follow_settings(server, subscription, now=now)
        for outgoing in also_for:
            _sign_in_as(outgoing, server, now=now)
        forget_unused_credentials(server.mailbox_id)


def change_connected(server: IncomingServer, *, now: datetime) -> None:
    """Save the settings of a connected POP account, its switch among them; raises as `change_incoming` does."""
    with transaction.atomic():
        change_incoming(server, now=now)
        IncomingServer.objects.filter(pk=server.pk).update(is_active=server.is_active)


def resume_retrieval(server: IncomingServer, *, now: datetime) -> None:
    """Fetch again, beginning now (SPEC M8)."""
    with transaction.atomic():
        IncomingServer.objects.filter(pk=server.pk).update(is_active=True)
        server.make_due(now=now)
        reply_checking.check_unchecked(server.mailbox, now=now)


def stop_retrieval(server: IncomingServer) -> None:
    """Fetch nothing more and keep the settings; sending goes on (SPEC M8)."""
    IncomingServer.objects.filter(pk=server.pk).update(is_active=False)


def change_outgoing(server: OutgoingServer, *, now: datetime) -> None:
    """Save the settings, try what waits for this server at once, and check anew whether answers arrive."""
    with transaction.atomic():
        before = OutgoingServer.objects.select_for_update().get(pk=server.pk)
        save_credential_of(server)
        server.save(update_fields=_OUTGOING_SETTINGS)
        forget_unused_credentials(server.mailbox_id)
        outbox.make_due(server, now=now)
        if any(getattr(before, name) != getattr(server, name) for name in _WAY_BACK):
            reply_checking.check_changed(server, now=now)


def connected(credential: OAuthCredential, *, now: datetime) -> None:
    """Try at once whatever signs in with an OAuth sign-in that was connected anew."""
    with transaction.atomic():
        for incoming in credential.incoming_servers.all():
            incoming.make_due(now=now)
        for outgoing in credential.outgoing_servers.all():
            outbox.make_due(outgoing, now=now)


def resume_sending(server: OutgoingServer, *, now: datetime) -> None:
    """Send through this server again, beginning with what waits."""
    with transaction.atomic():
        OutgoingServer.objects.filter(pk=server.pk).update(is_active=True)
        outbox.make_due(server, now=now)
        reply_checking.check_unchecked(server.mailbox, now=now)


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
        settling.fail_waiting(server, SERVER_DELETED, now=now)
        server.delete()
        forget_unused_credentials(server.mailbox_id)
        if successor is not None:
            make_default(successor)


def _lock(mailbox: Mailbox) -> Mailbox:
    """Return the mailbox as it is now; it counts against nothing else before the transaction ends."""
    locked: Mailbox = Mailbox.objects.select_for_update(of=("self",)).select_related("subscription").get(pk=mailbox.pk)
    return locked


def _count_against(mailbox: Mailbox, target: Subscription, *, agrees_to_fee: bool, now: datetime) -> None:
    if mailbox.is_active:
        ledger.move(mailbox.subscription, target, mailbox.pk, mailbox.name, now=now, agrees_to_fee=agrees_to_fee)
    Mailbox.objects.filter(pk=mailbox.pk).update(subscription=target)
    mailbox.subscription = target
    following_plans.follow_subscription(mailbox, now=now)


def _sign_in_as(server: OutgoingServer, incoming: IncomingServer, *, now: datetime) -> None:
    server.username = incoming.username
    server.oauth = incoming.oauth
    server.password = None if incoming.oauth is not None else incoming.sign_in().password
    change_outgoing(server, now=now)


def _start_anew(server: IncomingServer) -> None:
    """Forget how far the former account was read; its cursor and identities mean nothing in the new one.

    A poll of the former account that is under way loses its lease and so stores nothing more. Messages that are in the
    new account too are recognised by their content; what came there after the last look into the former one is new.
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
        archive_at=None if server.archive_at is None else server.last_success_at or server.archive_at,
        archive_count=None,
        archive_left=None,
        archive_ended_at=None,
    )
