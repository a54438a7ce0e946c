"""What stands below what people write, and who gets a copy of it without being named (SPEC M20, M21)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from mailboxes.models.mailboxes import Mailbox, OfMailboxManager
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel


class MailboxSignature(TenantModel):
    """Stands below all mail of a mailbox, whoever sends it. Sanitised HTML."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="signature")
    html = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    objects: ClassVar[OfMailboxManager] = OfMailboxManager()

    def __str__(self) -> str:
        return f"signature of {self.mailbox_id}"


class PersonalSignature(TenantModel):
    """Stands above the mailbox's signature in what this person writes. Sanitised HTML."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="signature")
    html = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"signature of {self.membership_id}"


class BlindCopyAddress(TenantModel):
    """Gets a copy of all mail that is sent from a mailbox, in the envelope only: no header names it."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="blind_copy_addresses", db_index=False)
    address = models.CharField(max_length=320)
    created_at = models.DateTimeField()

    objects: ClassVar[OfMailboxManager] = OfMailboxManager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "address"],
                name="blind_copy_once",
                violation_error_message="This address gets a copy already.",
            )
        ]

    def __str__(self) -> str:
        return self.address
