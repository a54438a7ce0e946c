"""What a mailbox does not take in: discard filters, limits on attachments (SPEC M23, M24)."""

from __future__ import annotations

from django.db import models

from mailboxes.intake.sizes import size_words
from mailboxes.models.mailboxes import Mailbox
from mailhub.tenancy.rows import TenantModel


class DiscardFilter(TenantModel):
    """Mail that fits is not taken in: it is kept for 30 days in the list of discarded mail."""

    class Field(models.TextChoices):
        SENDER = "sender", "Sender"
        RECIPIENT = "recipient", "Recipient"
        SUBJECT = "subject", "Subject"
        HEADER = "header", "Header field"
        SIZE = "size", "Size"

    class Operator(models.TextChoices):
        CONTAINS = "contains", "contains"
        IS = "is", "is"
        BEGINS_WITH = "begins_with", "begins with"
        ENDS_WITH = "ends_with", "ends with"
        IS_AT_LEAST = "is_at_least", "is at least"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="discard_filters", db_index=False)
    position = models.PositiveSmallIntegerField()
    field = models.CharField(max_length=12, choices=Field.choices)
    header_name = models.CharField(max_length=80, blank=True)
    operator = models.CharField(max_length=12, choices=Operator.choices)
    # Of a size: octets, as digits.
    value = models.CharField(max_length=320)
    is_active = models.BooleanField("active", default=True)
    is_forwarded = models.BooleanField("forward what it discards", default=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["mailbox", "position"], name="discard_filter_order")]

    def __str__(self) -> str:
        name = self.header_name or self.get_field_display()
        return f"{name} {self.get_operator_display()} {self.shown_value}"

    @property
    def shown_value(self) -> str:
        """The value as people write it."""
        return size_words(int(self.value)) if self.field == self.Field.SIZE else self.value


class AttachmentPolicy(TenantModel):
    """Which attachments a mailbox takes, and what becomes of the others. Without a row it takes all."""

    class Consequence(models.TextChoices):
        REMOVE = "remove", "Take the mail in without the attachment"
        REJECT = "reject", "Do not take the mail in"

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="attachment_policy")
    # In octets; None for no limit.
    most_octets = models.PositiveIntegerField(null=True, blank=True)
    most_octets_together = models.PositiveIntegerField(null=True, blank=True)
    # File name extensions without the dot, media types such as "application/zip" or "video/*", and codes of presets
    # (`mailboxes.intake.file_types`).
    refused_types = models.JSONField(default=list)
    # When given, nothing else is taken.
    allowed_types = models.JSONField(default=list)
    consequence = models.CharField(max_length=8, choices=Consequence.choices, default=Consequence.REMOVE)
    # Where rejected mail and attachments go (SPEC M24); "" for nowhere.
    forward_to = models.EmailField(max_length=254, blank=True)

    def __str__(self) -> str:
        return f"attachments of {self.mailbox_id}"
