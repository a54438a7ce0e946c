"""Notes that colleagues write to each other in a conversation, and who is at it right now (SPEC Q4)."""

from __future__ import annotations

from django.db import models

from mailboxes.models.conversations import Conversation
from mailhub.tenancy import sealing
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantModel


class Note(TenantModel):
    """Words for colleagues: no correspondent ever gets them. Plain text, in which `@name` mentions a person."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes", db_index=False)
    author = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    sealed_text = models.BinaryField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["conversation", "created_at"], name="note_of_conversation")]

    def __str__(self) -> str:
        return f"note by {self.author_id}"

    @property
    def text(self) -> str:
        """What was written, sealed like all mail (SPEC T9)."""
        return sealing.unseal(self.tenant_id, bytes(self.sealed_text), place=f"note|{self.pk}").decode()

    @text.setter
    def text(self, text: str) -> None:
        self.sealed_text = sealing.seal(self.tenant_id, text.encode(), place=f"note|{self.pk}")


class Mention(TenantModel):
    """A note names a colleague."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="mentions")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "membership"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.note_id}"


class Presence(TenantModel):
    """A person has a conversation open, and perhaps writes in it. It lapses when nothing was heard for some seconds."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="presences", db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="presences")
    is_writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "membership"], name="presence_once")]
        indexes = [models.Index(fields=["seen_at"], name="presence_age")]

    def __str__(self) -> str:
        return f"{self.membership_id} at {self.conversation_id}"
