"""Deliveries: one recipient of one outgoing message, one state. Attempts: one try over one SMTP connection."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mailboxes.models.outgoing import OutgoingMessage
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from mailhub.tenancy.standing import Standing
from servers.models import OutgoingServer

# Short, so that what a dead worker had claimed goes on after two minutes; renewed before each message.
CLAIM_LEASE = timedelta(minutes=2)
# Longer than the ten minutes that a client waits for the reply to the final dot (RFC 5321 §4.5.3.2.6).
DOT_LEASE = timedelta(minutes=15)


class DeliveryQuerySet(TenantQuerySet):
    def due(self, now: datetime) -> DeliveryQuerySet:
        return self.filter(state__in=Delivery.WAITING, not_before__lte=now)

    def not_held_by_invoice(self) -> DeliveryQuerySet:
        """Without what people scheduled in accounts that are read-only now: it waits until an invoice is paid."""
        return self.exclude(outgoing_message__is_scheduled=True, tenant__standing=Standing.READ_ONLY)


class DeliveryManager(TenantManager.from_queryset(DeliveryQuerySet)):  # type: ignore[misc]
    pass


class Delivery(TenantModel):
    """One recipient of an outgoing message and how far the mail has come to them.

    queued → claimed → dot_pending → sent | deferred | failed | uncertain (SECURITY section 4). Up to dot_pending
    whoever submitted it may withdraw it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        CLAIMED = "claimed", "Sending"
        DOT_PENDING = "dot_pending", "Handing over"
        SENT = "sent", "Sent"
        DEFERRED = "deferred", "Trying again"
        FAILED = "failed", "Failed"
        UNCERTAIN = "uncertain", "Uncertain"
        WITHDRAWN = "withdrawn", "Withdrawn"

    WAITING = (State.QUEUED, State.DEFERRED)
    SETTLED = (State.SENT, State.FAILED, State.UNCERTAIN, State.WITHDRAWN)

    outgoing_message = models.ForeignKey(
        OutgoingMessage, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    recipient = models.CharField(max_length=320)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    not_before = models.DateTimeField()
    attempt = models.ForeignKey(
        "mailboxes.DeliveryAttempt", null=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    attempt_count = models.PositiveSmallIntegerField(default=0)
    reply_code = models.PositiveSmallIntegerField(null=True)
    enhanced_status = models.CharField(max_length=16, blank=True)
    reply_text = models.CharField(max_length=600, blank=True)
    settled_at = models.DateTimeField(null=True)
    # Who said how an uncertain one ended.
    settled_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    # A copy for an address of the mailbox that no header names (SPEC M20).
    is_blind_copy = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[DeliveryManager] = DeliveryManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outgoing_message", "recipient"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["server", "not_before"], condition=Q(state__in=["queued", "deferred"]), name="delivery_due"
            ),
            # What a report speaks of that names a recipient and no mail.
            models.Index(fields=["tenant", "recipient"], name="delivery_to"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.state}"


class DeliveryAttemptQuerySet(TenantQuerySet):
    def live(self) -> DeliveryAttemptQuerySet:
        """Attempts under way, by the database's clock."""
        return self.filter(state__in=DeliveryAttempt.OPEN, lease_until__gt=Now())

    def expired(self) -> DeliveryAttemptQuerySet:
        """Attempts whose worker died."""
        return self.filter(state__in=DeliveryAttempt.OPEN, lease_until__lte=Now())


class DeliveryAttemptManager(TenantManager.from_queryset(DeliveryAttemptQuerySet)):  # type: ignore[misc]
    pass


class DeliveryAttempt(TenantModel):
    """One try to hand a message over. Its id is the token; whoever holds it under a running lease may go on."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "Claimed"
        DOT_PENDING = "dot_pending", "At the final dot"
        FINISHED = "finished", "Finished"
        EXPIRED = "expired", "Its worker died"

    OPEN = (State.CLAIMED, State.DOT_PENDING)

    outgoing_message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="attempts")
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="attempts")
    # The run of a worker that claimed it: bounds how many connections one server sees.
    run = models.UUIDField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.CLAIMED)
    lease_until = models.DateTimeField()
    started_at = models.DateTimeField()
    # When its message went onto the wire: of what a dead worker held, this one may be why it died.
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # What the server answered to each RCPT TO, and to the message.
    replies = models.JSONField(default=dict)
    final_reply = models.CharField(max_length=600, blank=True)

    objects: ClassVar[DeliveryAttemptManager] = DeliveryAttemptManager()

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["claimed", "dot_pending"]), name="attempt_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outgoing_message_id}: {self.state}"
