"""Conversations: what was received and sent about one thing."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from mailboxes.models.mailboxes import Mailbox, OfMailboxQuerySet
from mailboxes.models.topics import Topic
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel


class ConversationQuerySet(OfMailboxQuerySet):
    def unmerged(self) -> ConversationQuerySet:
        """Those that have messages: what was merged is in no list and no count."""
        return self.filter(merged_into=None)

    def with_unread_for(self, membership: Membership) -> ConversationQuerySet:
        """Annotate `is_unread`: something came in since this person last looked."""
        return self.annotate(is_unread=_is_unread(membership))

    def with_labels(self) -> ConversationQuerySet:
        """With topic, assignee and tags, for lists and heads."""
        tags = ConversationTag.objects.select_related("tag").order_by("tag__name", "id")
        return self.select_related("topic", "assignee__user").prefetch_related(Prefetch("conversation_tags", tags))

    def unread_for(self, membership: Membership) -> ConversationQuerySet:
        return self.filter(_is_unread(membership))


def _is_unread(membership: Membership) -> Q:
    seen = ConversationRead.objects.filter(
        conversation=OuterRef("pk"), membership=membership, read_until__gte=OuterRef("last_received_at")
    )
    return Q(last_received_at__isnull=False) & ~Q(Exists(seen))


class ConversationManager(TenantManager.from_queryset(ConversationQuerySet)):  # type: ignore[misc]
    pass


class Conversation(TenantModel):
    """Messages that belong together. Its summary columns let the list show a row without reading a message."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        PENDING = "pending", "Pending"
        CLOSED = "closed", "Closed"
        SPAM = "spam", "Spam"
        # Off the list until `snoozed_until`, or until something comes in.
        SNOOZED = "snoozed", "Snoozed"

    class Priority(models.IntegerChoices):
        LOW = -1, "Low"
        NORMAL = 0, "Normal"
        HIGH = 1, "High"
        URGENT = 2, "Urgent"

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="conversations", db_index=False)
    subject = models.CharField(max_length=500, blank=True)
    # What answers under the same subject are looked up by (mailboxes.subjects).
    subject_key = models.BigIntegerField(null=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    correspondent_name = models.CharField(max_length=200, blank=True)
    correspondent_address = models.CharField(max_length=320, blank=True)
    snippet = models.CharField(max_length=200, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_received_at = models.DateTimeField(null=True)
    # The conversation that a message quoted although its sender had no part in it (SECURITY B079).
    related_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="related")
    # What it is about, and who looks after it.
    topic = models.ForeignKey(
        Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="conversations", db_index=False
    )
    assignee = models.ForeignKey(
        Membership,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assigned_conversations",
        db_index=False,
    )
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL, db_default=Priority.NORMAL)
    snoozed_until = models.DateTimeField(null=True)
    # Who put it off: it comes back to them.
    snoozed_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    # Until when an answer is due (SPEC Q5); none once it is answered, and where the mailbox has no target.
    reply_due_at = models.DateTimeField(null=True)
    has_attachment = models.BooleanField(default=False, db_default=False)
    # Its messages went there; its address leads there for ever.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged_conversations"
    )

    objects: ClassVar[ConversationManager] = ConversationManager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "status", "-last_at", "-id"], name="conversation_queue"),
            # The list of every status, which is also the list of a search.
            models.Index(
                fields=["tenant", "-last_at", "-id"], condition=Q(merged_into__isnull=True), name="conversation_newest"
            ),
            # The same of a mailbox, of a person, about a topic.
            models.Index(
                fields=["mailbox", "-last_at", "-id"],
                condition=Q(merged_into__isnull=True),
                name="conversation_newest_of_mailbox",
            ),
            models.Index(
                fields=["assignee", "-last_at", "-id"],
                condition=Q(assignee__isnull=False, merged_into__isnull=True),
                name="conversation_newest_of_person",
            ),
            models.Index(
                fields=["topic", "-last_at", "-id"],
                condition=Q(topic__isnull=False, merged_into__isnull=True),
                name="conversation_newest_of_topic",
            ),
            # In which mailboxes there is mail about a topic: who may use one of them knows of it.
            models.Index(
                fields=["topic", "mailbox"], condition=Q(topic__isnull=False), name="conversation_topic_in_mailbox"
            ),
            models.Index(fields=["mailbox", "status", "-last_at", "-id"], name="conversation_of_mailbox"),
            models.Index(fields=["mailbox", "subject_key", "-last_at"], name="conversation_by_subject"),
            models.Index(fields=["assignee", "status", "-last_at", "-id"], name="conversation_of_assignee"),
            models.Index(fields=["topic", "status", "-last_at", "-id"], name="conversation_of_topic"),
            models.Index(fields=["snoozed_until"], condition=Q(status="snoozed"), name="conversation_to_wake"),
            models.Index(
                fields=["reply_due_at"],
                condition=Q(reply_due_at__isnull=False, merged_into__isnull=True),
                name="conversation_reply_due",
            ),
            # Everything of one correspondent, for the panel beside a conversation.
            models.Index(fields=["tenant", "correspondent_address", "-last_at"], name="conversation_of_correspondent"),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    def mark_read(self, membership: Membership) -> None:
        """This person has seen what came in so far."""
        if self.last_received_at is None:
            return
        ConversationRead.objects.update_or_create(
            tenant_id=self.tenant_id,
            conversation=self,
            membership=membership,
            defaults={"read_until": self.last_received_at},
        )

    def add_participants(self, addresses: set[str]) -> None:
        """Remember who takes part: whose replies join this conversation. Addresses come normalised."""
        Participant.objects.bulk_create(self.participants_for(addresses), ignore_conflicts=True)

    def participants_for(self, addresses: set[str]) -> list[Participant]:
        """Return rows for these addresses, not saved."""
        return [Participant(tenant_id=self.tenant_id, conversation=self, address=one) for one in sorted(addresses)]

    def count_message(self) -> None:
        type(self).objects.filter(pk=self.pk).update(message_count=F("message_count") + 1)

    def uncount_message(self) -> None:
        type(self).objects.filter(pk=self.pk, message_count__gt=0).update(message_count=F("message_count") - 1)


class Participant(TenantModel):
    """An outside address that takes part in a conversation."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="participants", db_index=False
    )
    address = models.CharField(max_length=320)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "address"], name="participant_once")]

    def __str__(self) -> str:
        return self.address


class ConversationRead(TenantModel):
    """How far a person has read a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="reads", db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="conversation_reads")
    read_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "membership"], name="conversation_read_once")]

    def __str__(self) -> str:
        return f"{self.conversation_id} until {self.read_until}"


class Tag(TenantModel):
    """A word that people and rules put on conversations."""

    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="tag_name_once")]

    def __str__(self) -> str:
        return self.name


class ConversationTag(TenantModel):
    """A conversation carries a tag."""

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="conversation_tags", db_index=False
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="conversation_tags")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "tag"], name="conversation_tag_once")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.conversation_id}"
