"""Alarms: a mailbox that does not do its work although nothing seems to keep it from it."""

from __future__ import annotations

from datetime import timedelta

from django.db import models

from mailboxes.models.mailboxes import Mailbox
from mailhub.tenancy.rows import TenantModel

ALARM_AFTER = timedelta(minutes=15)


class Alarm(TenantModel):
    """One thing that has gone wrong with a mailbox for too long; at most one of a kind is open."""

    class Kind(models.TextChoices):
        NOTHING_FETCHED = "nothing_fetched", "Nothing was fetched although the server can be reached"
        SENDS_UNSENT = "sends_unsent", "Mail stays unsent"
        ANSWERS_STOPPED = "answers_stopped", "Automatic mail was switched off"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    words = models.CharField(max_length=600, blank=True)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    # When the administrators were told; they are told once.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "kind"], condition=models.Q(cleared_at=None), name="alarm_one_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} since {self.raised_at}"
