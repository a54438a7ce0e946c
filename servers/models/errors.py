"""Errors of retrieving and sending, in the mail server's own words (SPEC M17)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Count, F

from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models.incoming import IncomingServer
from servers.models.outgoing import OutgoingServer

SHOWN = 1000


class ServerErrorQuerySet(TenantQuerySet):
    def of_mailbox(self, mailbox_id: object) -> ServerErrorQuerySet:
        """The errors of a mailbox, the newest first; the screens show the first `SHOWN` of them."""
        return (
            self.filter(mailbox_id=mailbox_id)
            .select_related("incoming_server", "outgoing_server")
            .order_by("-last_at", "-id")
        )

    def record(self, server: IncomingServer | OutgoingServer, failure: ServerFailure, *, now: datetime) -> None:
        """Keep the failure; one that repeats is counted in its row.

        Workers may record the same failure at once: each counts, and it stays one row.
        """
        identity = {**_of(server), "fingerprint": _fingerprint(failure)}
        if self._count_again(identity, failure, now=now):
            return
        _row, is_new = self.get_or_create(
            **identity,
            defaults={
                "mailbox_id": server.mailbox_id,
                "operation": failure.operation,
                "kind": failure.kind,
                "words": failure.words,
                "advice": failure.advice,
                "reply_code": failure.reply_code,
                "enhanced_status": (failure.enhanced_status or "")[:16],
                "first_at": now,
                "last_at": now,
            },
        )
        if not is_new:
            self._count_again(identity, failure, now=now)

    def trim(self) -> int:
        """Delete what is older than the newest thousand of each mailbox, which nobody sees; return how many."""
        return sum(self._trim_mailbox(mailbox_id) for mailbox_id in self._crowded_mailboxes())

    def _count_again(self, identity: dict[str, Any], failure: ServerFailure, *, now: datetime) -> bool:
        # The newest words stay: they may differ from the first in what is left out of the fingerprint.
        newest = {"words": failure.words, "advice": failure.advice, "kind": failure.kind, "last_at": now}
        return bool(self.filter(**identity).update(count=F("count") + 1, **newest))

    def _crowded_mailboxes(self) -> Iterator[uuid.UUID]:
        rows = self.order_by().values("mailbox_id").annotate(number=Count("pk")).filter(number__gt=SHOWN)
        yield from rows.values_list("mailbox_id", flat=True)

    def _trim_mailbox(self, mailbox_id: uuid.UUID) -> int:
        rows = self.filter(mailbox_id=mailbox_id)
        last_shown = rows.order_by("-last_at", "-id").values_list("last_at", flat=True)[SHOWN - 1 : SHOWN].first()
        if last_shown is None:
            return 0
        deleted, _by_model = rows.filter(last_at__lt=last_shown).delete()
        return deleted


class ServerErrorManager(TenantManager.from_queryset(ServerErrorQuerySet)):  # type: ignore[misc]
    pass


class ServerError(TenantModel):
    """One kind of failure of one server: what it said, when first and last, how often."""

    mailbox = models.ForeignKey("mailboxes.Mailbox", on_delete=models.CASCADE, related_name="server_errors")
    incoming_server = models.ForeignKey(IncomingServer, null=True, on_delete=models.CASCADE, related_name="errors")
    outgoing_server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.CASCADE, related_name="errors")
    operation = models.CharField(max_length=16, choices=Operation.choices)
    # "" in rows that are older than this column.
    kind = models.CharField(max_length=16, choices=FailureKind.choices, blank=True)
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


def _of(server: IncomingServer | OutgoingServer) -> dict[str, Any]:
    is_incoming = isinstance(server, IncomingServer)
    return {
        "tenant_id": server.tenant_id,
        "incoming_server_id": server.pk if is_incoming else None,
        "outgoing_server_id": None if is_incoming else server.pk,
    }


def _fingerprint(failure: ServerFailure) -> str:
    """Servers put counters and times into their words; without digits the same failure reads the same."""
    words = "".join(character for character in failure.words if not character.isdigit())
    return hashlib.sha256(f"{failure.operation}|{failure.reply_code}|{words}".encode()).hexdigest()[:32]
