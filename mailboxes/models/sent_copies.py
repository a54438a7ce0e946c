"""Copies of what we sent, for the Sent folder of the mailbox's server (SPEC M28)."""

from __future__ import annotations

from django.db import models

from mailboxes.models.outgoing import OutgoingMessage
from mailhub.tenancy.rows import TenantModel
from servers.models import IncomingServer


class SentCopy(TenantModel):
    """One message that is to be appended to the Sent folder of one server, once."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "In the Sent folder"
        FAILED = "failed", "Given up"

    outgoing_message = models.ForeignKey(OutgoingMessage, on_delete=models.CASCADE, related_name="sent_copies")
    server = models.ForeignKey(IncomingServer, on_delete=models.CASCADE, related_name="sent_copies", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField()
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    words = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "outgoing_message"], name="sent_copy_once")]
        indexes = [
            models.Index(fields=["server", "not_before"], condition=models.Q(state="waiting"), name="sent_copy_due")
        ]

    def __str__(self) -> str:
        return f"{self.outgoing_message_id}: {self.state}"
