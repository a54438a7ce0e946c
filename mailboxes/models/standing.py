"""What is known of the addresses that a tenant writes to: bounces, complaints, unsubscribes (SPEC I5, S5, S6)."""

from __future__ import annotations

from django.db import models

from mailboxes.classifying.kinds import Reason
from mailboxes.models.deliveries import Delivery
from mailboxes.models.messages import Message
from mailhub.tenancy.rows import TenantModel


class AddressStanding(TenantModel):
    """Whether an address may be written to, and since when not. Without a row nothing speaks against it."""

    # Normalised.
    address = models.CharField(max_length=320)
    # A permanent bounce: nobody writes to it again until a person clears it.
    incorrect_since = models.DateTimeField(null=True)
    incorrect_because = models.CharField(max_length=600, blank=True)
    complained_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    # Temporary bounces since the last mail that went through, or since a person cleared it.
    temporary_bounce_count = models.PositiveIntegerField(default=0)
    last_bounced_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "address"], name="address_standing_once")]
        indexes = [models.Index(fields=["tenant", "-changed_at", "-id"], name="address_standing_newest")]

    def __str__(self) -> str:
        return self.address

    @property
    def is_incorrect(self) -> bool:
        return self.incorrect_since is not None


class StandingChange(TenantModel):
    """One thing that happened to the standing of an address: the history that people see."""

    class Event(models.TextChoices):
        BOUNCED = "bounced", "Bounced"
        DELAYED = "delayed", "Delayed"
        MARKED_INCORRECT = "marked_incorrect", "Marked as incorrect"
        COMPLAINED = "complained", "Complained"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        CLEARED = "cleared", "Cleared"

    standing = models.ForeignKey(AddressStanding, on_delete=models.CASCADE, related_name="changes", db_index=False)
    event = models.CharField(max_length=20, choices=Event.choices)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="standing_changes")
    membership = models.ForeignKey("tenancy.Membership", null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.CharField(max_length=600, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["standing", "-at"], name="standing_change_newest")]

    def __str__(self) -> str:
        return f"{self.event} at {self.at}"


class ReportedFailure(TenantModel):
    """What a bounce or a report of delay said of one recipient."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reported_failures", db_index=False)
    # Of what we sent, where the report leads back to it.
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="reported_failures")
    address = models.CharField(max_length=320)
    is_permanent = models.BooleanField(null=True)
    is_delay = models.BooleanField(default=False)
    status = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=24, choices=Reason.choices, default=Reason.UNKNOWN)
    diagnostic = models.CharField(max_length=600, blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "address"], name="reported_failure_once")]

    def __str__(self) -> str:
        return f"{self.address}: {self.status or self.reason}"
