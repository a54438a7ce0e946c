"""Errors of retrieving and sending, in the mail server's own words (SPEC M17)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import F

from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from servers.failures import Operation, ServerFailure
from servers.models.incoming import IncomingServer
from servers.models.outgoing import OutgoingServer

SHOWN = 1000


class ServerErrorQuerySet(TenantQuerySet):
    def of_mailbox(self, mailbox_id: object) -> ServerErrorQuerySet:
        """The newest that the screens show."""
        return (
            self.filter(mailbox_id=mailbox_id).select_related("incoming_server", "outgoing_server").order_by("-last_at")
        )

    def record(self, server: IncomingServer | OutgoingServer, failure: ServerFailure, *, now: datetime) -> None:
        """Keep the failure; one that repeats is counted in its row."""
        incoming = isinstance(server, IncomingServer)
        row, is_new = self.get_or_create(
            tenant_id=server.tenant_id,
            incoming_server_id=server.pk if incoming else None,
            outgoing_server_id=None if incoming else server.pk,
            fingerprint=_fingerprint(failure),
            defaults={
                "mailbox_id": server.mailbox_id,
                "operation": failure.operation,
                "words": failure.words,
                "advice": failure.advice,
                "reply_code": failure.reply_code,
                "enhanced_status": failure.enhanced_status or "",
                "first_at": now,
                "last_at": now,
            },
        )
        if not is_new:
            self.filter(pk=row.pk).update(count=F("count") + 1, last_at=now)


class ServerErrorManager(TenantManager.from_queryset(ServerErrorQuerySet)):  # type: ignore[misc]
    pass


class ServerError(TenantModel):
    """One kind of failure of one server: what it said, when first and last, how often."""

    mailbox = models.ForeignKey("mailboxes.Mailbox", on_delete=models.CASCADE, related_name="server_errors")
    incoming_server = models.ForeignKey(IncomingServer, null=True, on_delete=models.CASCADE, related_name="errors")
    outgoing_server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="errors")
    operation = models.CharField(max_length=16, choices=Operation.choices)
    words = models.CharField(max_length=600)
    advice = models.CharField(max_length=600, blank=True)
    reply_code = models.PositiveIntegerField(null=True)
    enhanced_status = models.CharField(max_length=16, blank=True)
    fingerprint = models.CharField(max_length=32)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects: ClassVar[ServerErrorManager] = ServerErrorManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incoming_server", "fingerprint"], name="incoming_error_once"),
            models.UniqueConstraint(fields=["outgoing_server", "fingerprint"], name="outgoing_error_once"),
        ]
        indexes = [models.Index(fields=["mailbox", "-last_at"], name="server_error_newest")]

    def __str__(self) -> str:
        return self.words

    @property
    def server(self) -> IncomingServer | OutgoingServer | None:
        return self.incoming_server or self.outgoing_server


def _fingerprint(failure: ServerFailure) -> str:
    """Servers put counters and times into their words; without digits the same failure reads the same."""
    words = "".join(character for character in failure.words if not character.isdigit())
    return hashlib.sha256(f"{failure.operation}|{failure.reply_code}|{words}".encode()).hexdigest()[:32]
