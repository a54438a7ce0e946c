"""What people are told of: in the browser, by mail, or not at all, as each wants it (SPEC Q4)."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from mailboxes.models.conversations import Conversation
from mailboxes.models.mailboxes import Mailbox
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class NotificationQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> NotificationQuerySet:
        """Those of this person, about conversations and mailboxes that they may still see (SPEC T3)."""
        mailboxes = Mailbox.objects.visible_to(membership)
        of_mailbox = Q(mailbox=None) | Q(mailbox__in=mailboxes)
        visible = Q(conversation__mailbox__in=mailboxes) | Q(conversation=None) & of_mailbox
        return self.filter(visible, recipient=membership)


class NotificationManager(TenantManager.from_queryset(NotificationQuerySet)):  # type: ignore[misc]
    pass


class Notification(TenantModel):
    """One person is told of one thing: in a conversation, or at the address that it stands under."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", "Assigned to me"
        REPLIED = "replied", "Reply in a conversation of mine"
        MENTIONED = "mentioned", "Mentioned in a note"
        UNDELIVERED = "undelivered", "A message of mine could not be delivered"
        HELD = "held", "A scheduled message of mine was held back"
        OVERDUE = "overdue", "A conversation of mine waits for too long"
        SEQUENCE_PAUSED = "sequence_paused", "A sequence of mine paused by itself"

    recipient = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.CASCADE, related_name="notifications")
    # Without a conversation: what it is about, why, and the path of the page on which a person does something about it.
    subject = models.CharField(max_length=300, blank=True)
    words = models.CharField(max_length=300, blank=True)
    path = models.CharField(max_length=300, blank=True)
    # Who may not use it any more learns nothing of it; none where it concerns no mailbox.
    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    # Who did it; none for what happened by itself.
    actor = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    is_shown = models.BooleanField(default=True)
    # When a mail is to go out, and when it went; none where the person wants none.
    mail_due_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects: ClassVar[NotificationManager] = NotificationManager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(conversation__isnull=False) | ~Q(path=""), name="notification_leads_somewhere"
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notification_of_person"),
            models.Index(
                fields=["recipient"], condition=Q(read_at__isnull=True, is_shown=True), name="notification_unread"
            ),
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mail_due_at__isnull=False, mailed_at__isnull=True),
                name="notification_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.recipient_id}"

    @property
    def about(self) -> str:
        """What it is about: the subject of its conversation, or the name of something else."""
        return str(self.conversation) if self.conversation is not None else self.subject

    @property
    def place(self) -> Mailbox | None:
        """The mailbox that it concerns."""
        return self.conversation.mailbox if self.conversation is not None else self.mailbox

    @property
    def place_id(self) -> UUID | None:
        return self.conversation.mailbox_id if self.conversation is not None else self.mailbox_id


class NotificationSwitch(TenantModel):
    """How a person wants to be told of one kind of thing; without a row as `notifying.defaults` says."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="notification_switches", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Notification.Kind.choices)
    in_browser = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "kind"], name="notification_switch_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.membership_id}"
