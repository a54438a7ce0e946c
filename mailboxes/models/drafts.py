"""What people are writing: kept as they type, seen by them alone (SPEC Q3)."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models

from mailboxes.models.conversations import Conversation
from mailboxes.models.mailboxes import Mailbox
from mailboxes.models.messages import Message
from mailboxes.models.outgoing import OutgoingMessage
from mailhub.tenancy import sealing
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from servers.models import OutgoingServer


class DraftQuerySet(TenantQuerySet):
    def of(self, membership: Membership) -> DraftQuerySet:
        """Those of this person, in mailboxes that they may still use."""
        mailboxes = Mailbox.objects.visible_to(membership)
        return self.filter(author=membership, mailbox__in=mailboxes)

    def unsent(self) -> DraftQuerySet:
        return self.filter(sent_as=None)


class DraftManager(TenantManager.from_queryset(DraftQuerySet)):  # type: ignore[misc]
    pass


class Draft(TenantModel):
    """A letter that is being written. Its id is the id of the letter: a draft that is sent twice is one mail.

    Once sent it stays as long as sending can be undone, and is then removed.
    """

    class Kind(models.TextChoices):
        NEW = "new", "New message"
        REPLY = "reply", "Reply"
        REPLY_ALL = "reply_all", "Reply to all"
        FORWARD = "forward", "Forward"

    author = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="drafts")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="drafts")
    # Where it answers or forwards; none for new mail.
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="drafts")
    answers = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.NEW)
    sealed_fields = models.BinaryField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    # Counts the savings: of two pages that write the same draft the older one is told.
    revision = models.PositiveIntegerField(default=0)
    sent_as = models.ForeignKey(OutgoingMessage, null=True, on_delete=models.SET_NULL, related_name="drafts")

    objects: ClassVar[DraftManager] = DraftManager()

    class Meta:
        ordering = ["-changed_at", "id"]
        indexes = [
            models.Index(fields=["author", "-changed_at"], name="draft_of_author"),
            models.Index(fields=["conversation", "author"], name="draft_of_conversation"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.author_id}"

    @property
    def fields(self) -> dict[str, Any]:
        """What was typed, by the names of the form's fields; sealed like all mail (SPEC T9)."""
        opened = sealing.unseal(self.tenant_id, bytes(self.sealed_fields), place=self._place)
        found: dict[str, Any] = json.loads(opened)
        return found

    @fields.setter
    def fields(self, fields: dict[str, Any]) -> None:
        self.sealed_fields = sealing.seal(self.tenant_id, json.dumps(fields).encode(), place=self._place)

    @property
    def _place(self) -> str:
        return f"draft|{self.pk}"


class DraftAttachment(TenantModel):
    """A file that is attached to a draft. Its bytes are stored like raw mail, by their SHA-256."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="attachments", db_index=False)
    position = models.PositiveSmallIntegerField()
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["draft", "position", "id"]
        indexes = [
            models.Index(fields=["draft", "position"], name="draft_attachment_order"),
            # The sweep of orphaned contents asks by content.
            models.Index(fields=["tenant", "sha256"], name="draft_attachment_content"),
        ]

    def __str__(self) -> str:
        return self.filename
