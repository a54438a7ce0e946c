"""Segments: the business units of an account (SPEC T8)."""

from __future__ import annotations

from django.db import models

from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel


class Segment(TenantModel):
    """Groups mailboxes, and the people who get their system mail from its default mailbox.

    As soon as it has a mailbox, one of its mailboxes is the default. Whoever was put into no segment belongs to the
    oldest one of the tenant.
    """

    name = models.CharField(max_length=80)
    default_mailbox = models.ForeignKey(
        "mailboxes.Mailbox", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="segment_name_once",
                violation_error_message="Another segment of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class SegmentPerson(TenantModel):
    """A person was put into a segment. Without a row they belong to the first one."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="people")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership"], name="segment_person_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.segment_id}"
