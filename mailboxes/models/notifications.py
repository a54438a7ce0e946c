"""What people are told of: in the browser, by mail, or not at all, as each wants it (SPEC Q4)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from mailboxes.models.conversations import Conversation
from mailboxes.models.mailboxes import Mailbox
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class NotificationQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> NotificationQuerySet:
        """Those of this person, about conversations that they may still see (SPEC T3)."""
        mailboxes = Mailbox.objects.visible_to(membership)
        return self.filter(recipient=membership, conversation__mailbox__in=mailboxes)


class NotificationManager(TenantManager.from_queryset(NotificationQuerySet)):  # type: ignore[misc]
    pass


class Notification(TenantModel):
    """One person is told of one thing in one conversation."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", "Assigned to me"
        REPLIED = "replied", "Reply in a conversation of mine"
        MENTIONED = "mentioned", "Mentioned in a note"
        UNDELIVERED = "undelivered", "A message of mine could not be delivered"
        HELD = "held", "A scheduled message of mine was held back"
        OVERDUE = "overdue", "A conversation of mine waits for too long"

    recipient = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notifications")
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
