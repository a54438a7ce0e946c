"""Routing rules: conditions on mail and conversation, and what then happens (SPEC M25)."""

from __future__ import annotations

from django.db import models

from mailboxes.models.mailboxes import Mailbox
from mailhub.tenancy.rows import TenantModel


class RoutingRule(TenantModel):
    """One rule of a service mailbox. Rules are tried in their order.

    `conditions` and `actions` are lists of small objects; `mailboxes.routing` knows their shapes and checks them.
    """

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="routing_rules", db_index=False)
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    is_active = models.BooleanField("active", default=False)
    # Every condition must hold, or one of them.
    needs_every_condition = models.BooleanField(default=True)
    conditions = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    # No rule behind it is tried when it fits.
    is_last = models.BooleanField(default=False)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)
    # Why the loop guard switched it off, and when; a person switches it on again.
    stopped_at = models.DateTimeField(null=True, editable=False)
    stopped_because = models.CharField(max_length=300, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["mailbox", "position"], name="routing_rule_order")]

    def __str__(self) -> str:
        return self.name
