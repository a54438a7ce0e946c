"""Outgoing servers: what a mailbox sends through, and as whom."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models, transaction
from django.db.models import Q

from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from mailhub.tenancy.secrets import SecretField
from servers.endpoints import DEFAULT_PORTS, SMTP, Endpoint, Security, SignIn
from servers.failures import ServerFailure
from servers.models.credentials import revealed
from servers.models.health import WithHealth, after_failure, after_success


class Transport(models.TextChoices):
    """Whose SMTP server carries the mail."""

    SMTP = "smtp", "An SMTP server of ours"
    PLATFORM = "platform", "The platform's SMTP server"


class OutgoingServerQuerySet(TenantQuerySet):
    def sending(self) -> OutgoingServerQuerySet:
        """Those that are switched on and not paused, of mailboxes that are active."""
        return self.filter(is_active=True, paused_at=None, mailbox__is_active=True)


class OutgoingServerManager(TenantManager.from_queryset(OutgoingServerQuerySet)):  # type: ignore[misc]
    pass


class OutgoingServer(TenantModel, WithHealth):
    """One SMTP server with the identity that mail sent through it carries (SPEC M11)."""

    mailbox = models.ForeignKey("mailboxes.Mailbox", on_delete=models.CASCADE, related_name="outgoing_servers")
    name = models.CharField(max_length=120, blank=True)
    display_name = models.CharField(max_length=120, blank=True)
    from_address = models.EmailField(max_length=254)
    reply_to = models.EmailField("reply-to", max_length=254, blank=True)
    envelope_from = models.EmailField("bounce address", max_length=254, blank=True)
    transport = models.CharField(max_length=8, choices=Transport.choices, default=Transport.SMTP)
    # Empty for the platform's server.
    host = models.CharField(max_length=253, blank=True)
    port = models.PositiveIntegerField(default=DEFAULT_PORTS[SMTP, Security.STARTTLS])
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.STARTTLS)
    authenticate = models.BooleanField("sign in", default=True)
    username = models.CharField("user name", max_length=254, blank=True)
    password = SecretField()
    # In place of the password; with it goes whoever signs in with it, never it alone.
    oauth = models.ForeignKey(
        "servers.OAuthCredential",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.RESTRICT,
        related_name="outgoing_servers",
    )
    is_default = models.BooleanField("default", default=False)
    is_active = models.BooleanField("active", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # What SPF, DKIM and DMARC said when somebody looked, and for which sender (servers.sender_health.remembering).
    sender_seen_at = models.DateTimeField(null=True, editable=False)
    sender_seen_for = models.CharField(max_length=800, blank=True, editable=False)
    sender_amiss = models.CharField(max_length=300, blank=True, editable=False)

    # After the connection itself failed, nothing is tried through this server before.
    not_before = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[OutgoingServerManager] = OutgoingServerManager()

    next_try_field = "not_before"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailbox"], condition=Q(is_default=True), name="outgoing_one_default")
        ]
        indexes = [
            models.Index(
                fields=["paused_at"], condition=Q(paused_at__isnull=False, told_at=None), name="outgoing_pause_untold"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.from_address

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(host=self.host, port=self.port, security=Security(self.security))

    @property
    def mail_from(self) -> str:
        """The address that bounces come back to (RFC 5321 §4.1.1.2)."""
        return self.envelope_from or self.from_address

    def sign_in(self) -> SignIn | None:
        """Return the credentials, opened; None when the server asks for none.

        Raises ServerFailure when the saved password cannot be opened.
        """
        if not self.authenticate:
            return None
        return SignIn(username=self.username, password=revealed(self.password))

    def record_success(self, *, now: datetime) -> None:
        """The server took what it was given, whatever it said of single recipients."""
        type(self).objects.filter(pk=self.pk).update(not_before=None, **after_success(now))

    def record_failure(self, failure: ServerFailure, *, now: datetime) -> datetime:
        """Wait or pause as the rules have it; return when it is tried next."""
        with transaction.atomic():
            row = type(self).objects.select_for_update().get(pk=self.pk)
            changes, not_before = after_failure(row, failure, now=now)
            type(self).objects.filter(pk=self.pk).update(not_before=not_before, **changes)
        return not_before
