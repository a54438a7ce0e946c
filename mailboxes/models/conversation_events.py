"""The history of a conversation: what people and rules did with it."""

from __future__ import annotations

from django.db import models

from mailboxes.models.conversations import Conversation
from mailhub.tenancy.rows import TenantModel


class ConversationEvent(TenantModel):
    """One thing that was done with a conversation."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", "Assigned"
        TOPIC_SET = "topic_set", "Topic set"
        PRIORITY_SET = "priority_set", "Priority set"
        TAGGED = "tagged", "Tagged"
        STATUS_SET = "status_set", "Status set"
        MERGED = "merged", "Merged"
        SPLIT = "split", "Split"
        REMATCHED = "rematched", "Matched anew"
        ANSWERED_AUTOMATICALLY = "answered_automatically", "Answered automatically"
        NOTIFIED = "notified", "People notified"
        SNOOZED = "snoozed", "Snoozed"
        WOKEN = "woken", "Back from snoozing"
        FORWARDED = "forwarded", "Forwarded"
        SENDING_UNDONE = "sending_undone", "Sending undone"
        SCHEDULED = "scheduled", "Sending scheduled"
        HELD = "held", "Scheduled message held back"
        SETTLED_BY_PERSON = "settled_by_person", "Delivery settled by a person"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    # Who did it: a person, or a rule that is named in the words.
    membership = models.ForeignKey("tenancy.Membership", null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.CharField(max_length=600, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["conversation", "at"], name="conversation_event_order")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}"
