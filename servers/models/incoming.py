"""Incoming servers: where the mail of a mailbox is fetched from."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Case, Count, F, Q, Value, When, Window
from django.db.models.functions import Lower, Now, RowNumber

from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from mailhub.tenancy.secrets import SecretField
from servers.endpoints import DEFAULT_PORTS, Endpoint, Protocol, Security, SignIn
from servers.failures import ServerFailure
from servers.models.archives import WithArchive
from servers.models.credentials import revealed
from servers.models.health import WithHealth, after_failure, after_success

# New mail is here within 60 seconds (SPEC M8): due again 45 after the last poll, and the clock ticks every 5.
POLL_INTERVAL = timedelta(seconds=45)
# While a server is watched with IDLE, a poll is only for what the watch may have missed.
WATCHED_POLL_INTERVAL = timedelta(minutes=5)
# Longer than a poll may take (its deadline is 55 seconds), so that a lease never ends under a living worker.
POLL_LEASE = timedelta(seconds=90)


class CopyToSent(models.TextChoices):
    """Whether a copy of what we send is put into the Sent folder of the server."""

    AUTO = "auto", "Unless the provider does it itself"
    ALWAYS = "always", "Always"
    NEVER = "never", "Never"


class IncomingServerQuerySet(TenantQuerySet):
    def polled(self) -> IncomingServerQuerySet:
        """Those that are switched on and not paused, of mailboxes that are active."""
        return self.filter(is_active=True, paused_at=None, mailbox__is_active=True)

    def claim_due(self, now: datetime, *, limit: int = 500) -> list[IncomingServer]:
        """Lease the servers that are due and return them, each with a fresh token (STYLE rule 6).

        Tenants take turns, and none has more than `POLLS_PER_TENANT` polls under way: the servers of one may answer
        slowly, or not at all. A lease that ran out (its worker died) counts as due. It runs on the database's clock.
        """
        free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=Now())
        claimed = []
        for server in self._due_by_turns(free, now, most=settings.POLLS_PER_TENANT)[:limit]:
            token = uuid.uuid4()
            lease = {"poll_token": token, "poll_started": False, "poll_lease_until": Now() + POLL_LEASE}
            if self.filter(free, pk=server.pk, is_active=True, next_poll_at__lte=now).update(**lease):
                server.poll_token = token
                claimed.append(server)
        return claimed

    def _due_by_turns(self, free: Q, now: datetime, *, most: int) -> list[IncomingServer]:
        """The first of each tenant, then the second of each, and so on: two queries for any number of tenants."""
        # A poll that is under way keeps its `next_poll_at`, so both queries read what the index of due servers holds.
        due = self.polled().filter(next_poll_at__lte=now)
        under_way = self.model.objects.polled().filter(next_poll_at__lte=now).exclude(free)
        running = Counter(dict(under_way.order_by().values_list("tenant_id").annotate(Count("pk"))))
        turn = Window(RowNumber(), partition_by=F("tenant_id"), order_by=F("next_poll_at").asc())
        candidates = due.filter(free).annotate(turn=turn).filter(turn__lte=most).order_by("turn", "next_poll_at")
        return [server for server in candidates if server.turn + running[server.tenant_id] <= most]


class IncomingServerManager(TenantManager.from_queryset(IncomingServerQuerySet)):  # type: ignore[misc]
    pass


class IncomingServer(TenantModel, WithHealth, WithArchive):
    """One account on an IMAP or POP3 server that feeds one mailbox (SPEC M5-M8)."""

    mailbox = models.ForeignKey("mailboxes.Mailbox", on_delete=models.CASCADE, related_name="incoming_servers")
    name = models.CharField(max_length=120, blank=True)
    is_primary = models.BooleanField(default=True)
    protocol = models.CharField(max_length=8, choices=Protocol.choices, default=Protocol.POP3)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=DEFAULT_PORTS[Protocol.POP3, Security.NONE])
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.NONE)
    username = models.CharField("user name", max_length=254)
    password = SecretField()
    # In place of the password; with it goes whoever signs in with it, never it alone.
    oauth = models.ForeignKey(
        "servers.OAuthCredential",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.RESTRICT,
        related_name="incoming_servers",
    )
    copy_mail = models.BooleanField("leave a copy on the server", default=False)
    # A third way beside leaving and removing: a copy stays for so many days (SPEC M30).
    remove_after_days = models.PositiveSmallIntegerField("days until it is removed", null=True, blank=True)
    # Folders beside INBOX; IMAP only (SPEC M28).
    watch_junk = models.BooleanField("watch the Junk folder", default=False)
    read_sent = models.BooleanField("read the Sent folder", default=True)
    copy_to_sent = models.CharField(max_length=8, choices=CopyToSent.choices, default=CopyToSent.AUTO)
    # When Junk and Sent were last looked for, because one of them was not known.
    folders_sought_at = models.DateTimeField(null=True, editable=False)
    is_active = models.BooleanField("retrieve mail", default=True)
    comments = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    next_poll_at = models.DateTimeField(editable=False)
    last_polled_at = models.DateTimeField(null=True, editable=False)
    last_mail_at = models.DateTimeField(null=True, editable=False)
    poll_token = models.UUIDField(null=True, editable=False)
    poll_started = models.BooleanField(default=False, editable=False)
    poll_lease_until = models.DateTimeField(null=True, editable=False)

    # Held with IDLE (RFC 2177) by one process of `watch_mailboxes` under a lease (SPEC I8).
    watch_token = models.UUIDField(null=True, editable=False)
    watch_lease_until = models.DateTimeField(null=True, editable=False)
    watched_since = models.DateTimeField(null=True, editable=False)
    # None until it was asked.
    supports_idle = models.BooleanField(null=True, editable=False)
    watch_failure_count = models.PositiveIntegerField(default=0, editable=False)
    watch_not_before = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[IncomingServerManager] = IncomingServerManager()

    next_try_field = "next_poll_at"

    class Meta:
        constraints = [
            # One polled account feeds one mailbox of a tenant only (SPEC M2).
            models.UniqueConstraint(
                "tenant",
                Lower("host"),
                "username",
                name="incoming_account_once",
                violation_error_message="Another mailbox fetches this account already (same host and user name).",
            ),
            models.UniqueConstraint(fields=["mailbox"], condition=Q(is_primary=True), name="incoming_one_primary"),
        ]
        indexes = [
            models.Index(fields=["next_poll_at"], condition=Q(is_active=True), name="incoming_due"),
            models.Index(
                fields=["paused_at"], condition=Q(paused_at__isnull=False, told_at=None), name="incoming_pause_untold"
            ),
            models.Index(
                fields=["watch_lease_until"], condition=Q(is_active=True, protocol="imap"), name="incoming_to_watch"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.host

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(host=self.host, port=self.port, security=Security(self.security))

    @property
    def is_watched(self) -> bool:
        """Whether a process waits on this server with IDLE; a lease that has lapsed is taken away within seconds."""
        return self.is_active and self.watched_since is not None

    def sign_in(self) -> SignIn:
        """Return the credentials, opened; raise ServerFailure when the saved password cannot be opened."""
        return SignIn(username=self.username, password=revealed(self.password))

    def begin_poll(self, token: uuid.UUID) -> bool:
        """Start the poll that `claim_due` leased; False when this bell rang twice or the lease is another's."""
        mine = type(self).objects.filter(pk=self.pk, poll_token=token, poll_started=False, poll_lease_until__gt=Now())
        # Anew, because the bell may have waited in the queue.
        return bool(mine.update(poll_started=True, poll_lease_until=Now() + POLL_LEASE))

    def holds_poll(self, token: uuid.UUID) -> bool:
        """Whether the lease is still ours: asked in each transaction that stores, so that a late worker stores nothing.

        An update and not a look, so that the row is locked until the transaction ends.
        """
        mine = type(self).objects.filter(pk=self.pk, poll_token=token, poll_lease_until__gt=Now())
        return bool(mine.update(poll_started=True))

    def end_poll(self, token: uuid.UUID, *, now: datetime, more: bool) -> None:
        """Give the lease back after a poll that worked; `more` asks for the next one at once."""
        type(self).objects.filter(pk=self.pk, poll_token=token).update(
            poll_token=None,
            poll_lease_until=None,
            poll_started=False,
            last_polled_at=now,
            next_poll_at=now if more else self._next_poll_after_this(now),
            **after_success(now),
        )

    def _next_poll_after_this(self, now: datetime) -> Case:
        return Case(
            # Somebody asked for a poll while this one ran: it may have looked before the mail came.
            When(~Q(next_poll_at=self.next_poll_at), then=Value(now)),
            # Only INBOX is watched, and an answer in Junk has to be here within a minute too.
            When(
                watched_since__isnull=False,
                watch_lease_until__gt=Now(),
                watch_junk=False,
                then=Value(now + WATCHED_POLL_INTERVAL),
            ),
            default=Value(now + POLL_INTERVAL),
        )

    def fail_poll(self, token: uuid.UUID, failure: ServerFailure, *, now: datetime) -> None:
        """Give the lease back after a failure, and wait or pause as the rules have it."""
        with transaction.atomic():
            row = type(self).objects.select_for_update().filter(pk=self.pk, poll_token=token).first()
            if row is None:
                return
            changes, next_poll_at = after_failure(row, failure, now=now)
            type(self).objects.filter(pk=self.pk).update(
                poll_token=None,
                poll_lease_until=None,
                poll_started=False,
                last_polled_at=now,
                next_poll_at=next_poll_at,
                **changes,
            )
