"""Incoming servers: where the mail of a mailbox is fetched from."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from mailhub.tenancy.secrets import SecretField
from servers.endpoints import DEFAULT_PORTS, Endpoint, Protocol, Security, SignIn
from servers.models.credentials import revealed
from servers.models.health import WithHealth, next_try_at

# New mail is here within 60 seconds (SPEC M8): due again 45 after the last poll, and the clock ticks every 5.
POLL_INTERVAL = timedelta(seconds=45)
# Longer than a poll may take (its deadline is 55 seconds), so that a lease never ends under a living worker.
POLL_LEASE = timedelta(seconds=90)


class CopyToSent(models.TextChoices):
    """Whether a copy of what we send is put into the Sent folder of the server."""

    AUTO = "auto", "Unless the provider does it itself"
    ALWAYS = "always", "Always"
    NEVER = "never", "Never"


class IncomingServerQuerySet(TenantQuerySet):
    def polled(self) -> IncomingServerQuerySet:
        """Those that are switched on, of mailboxes that are active."""
        return self.filter(is_active=True, mailbox__is_active=True)

    def claim_due(self, now: datetime, *, limit: int = 500) -> list[IncomingServer]:
        """Lease the servers that are due and return them, each with a fresh token (STYLE rule 6).

        A lease that ran out (its worker died) counts as due. The lease runs on the database's clock.
        """
        free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=Now())
        due = list(self.polled().filter(free, next_poll_at__lte=now).order_by("next_poll_at")[:limit])
        claimed = []
        for server in due:
            token = uuid.uuid4()
            lease = {"poll_token": token, "poll_started": False, "poll_lease_until": Now() + POLL_LEASE}
            if self.filter(free, pk=server.pk, next_poll_at__lte=now).update(**lease):
                server.poll_token = token
                claimed.append(server)
        return claimed


class IncomingServerManager(TenantManager.from_queryset(IncomingServerQuerySet)):  # type: ignore[misc]
    pass


class IncomingServer(TenantModel, WithHealth):
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
    copy_mail = models.BooleanField("leave a copy on the server", default=False)
    # A third way beside leaving and removing: a copy stays for so many days (SPEC M30).
    remove_after_days = models.PositiveSmallIntegerField("days until it is removed", null=True, blank=True)
    # Folders beside INBOX; IMAP only (SPEC M28).
    watch_junk = models.BooleanField("watch the Junk folder", default=False)
    read_sent = models.BooleanField("read the Sent folder", default=True)
    copy_to_sent = models.CharField(max_length=8, choices=CopyToSent.choices, default=CopyToSent.AUTO)
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
                fields=["watch_lease_until"], condition=Q(is_active=True, protocol="imap"), name="incoming_to_watch"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.host

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(host=self.host, port=self.port, security=Security(self.security))

    def sign_in(self) -> SignIn:
        """Return the credentials, opened; raise ServerFailure when the saved password cannot be opened."""
        return SignIn(username=self.username, password=revealed(self.password))

    def begin_poll(self, token: uuid.UUID) -> bool:
        """Start the poll that `claim_due` leased; False when this bell rang twice or the lease is another's."""
        mine = type(self).objects.filter(pk=self.pk, poll_token=token, poll_started=False, poll_lease_until__gt=Now())
        return bool(mine.update(poll_started=True))

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
            last_success_at=now,
            failure_count=0,
            next_poll_at=now if more else now + POLL_INTERVAL,
        )

    def fail_poll(self, token: uuid.UUID, words: str, *, now: datetime) -> None:
        """Give the lease back after a failure and wait longer with each one in a row."""
        type(self).objects.filter(pk=self.pk, poll_token=token).update(
            poll_token=None,
            poll_lease_until=None,
            poll_started=False,
            last_polled_at=now,
            last_failure_at=now,
            last_failure=words[:600],
            failure_count=F("failure_count") + 1,
            next_poll_at=next_try_at(self.failure_count + 1, now=now),
        )

    def make_due(self, *, now: datetime) -> None:
        """Ask for a poll as soon as the clock ticks: after a change of settings, or when a person asks."""
        type(self).objects.filter(pk=self.pk).update(next_poll_at=now, failure_count=0)
