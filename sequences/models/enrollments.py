"""Contacts in sequences, and each mail that one of them got."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from mailboxes.models import Conversation, Mailbox, Message, OutgoingMessage
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from sequences.models.contacts import Contact
from sequences.models.sequences import Sequence, Step, Variant
from servers.models import OutgoingServer


class EnrollmentQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> EnrollmentQuerySet:
        """Those of the sequences that this person sees, and through servers of mailboxes that they may use."""
        mine = self.filter(sequence__in=Sequence.objects.visible_to(membership))
        if membership.sees_every_mailbox:
            return mine
        return mine.filter(Q(server=None) | Q(server__mailbox__in=Mailbox.objects.visible_to(membership)))

    def due(self, now: datetime) -> EnrollmentQuerySet:
        return self.filter(state=Enrollment.State.ACTIVE, due_at__lte=now)


class EnrollmentManager(TenantManager.from_queryset(EnrollmentQuerySet)):  # type: ignore[misc]
    pass


class Enrollment(TenantModel):
    """One contact's way through a sequence, always through the same outgoing server."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    class Choice(models.TextChoices):
        DEFAULT = "default", "Default of the sequence"
        OVERRIDE = "override", "Chosen when added"
        MOVED = "moved", "Moved from another server"

    class Cause(models.TextChoices):
        """Why it stopped or pauses."""

        NONE = "", "—"
        REPLIED = "replied", "Replied"
        COMPANY_REPLIED = "company_replied", "Somebody of the same company replied"
        BOUNCED = "bounced", "Bounced"
        COMPLAINED = "complained", "Complained"
        UNSUBSCRIBED = "unsubscribed", "Unsubscribed"
        PERSON = "person", "Stopped by a person"
        AWAY = "away", "Out of office"
        SERVER_LOST = "server_lost", "Its outgoing server is gone"
        MISSING_FIELD = "missing_field", "A field has no value"
        UNCERTAIN = "uncertain", "Nobody knows whether the last mail arrived"
        CONTACT_GONE = "contact_gone", "The contact was deleted"

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="enrollments", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="enrollments")
    # Sticky: threads keep their sender. None once the server was deleted.
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="enrollments")
    server_choice = models.CharField(max_length=10, choices=Choice.choices, default=Choice.DEFAULT)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    cause = models.CharField(max_length=16, choices=Cause.choices, default=Cause.NONE, blank=True)
    # What lies behind the cause, such as the words of the server.
    cause_words = models.CharField(max_length=300, blank=True)
    # The next mail; None when there is none.
    step = models.ForeignKey(Step, null=True, on_delete=models.PROTECT, related_name="+")
    # When the next mail is tried; None while nothing is to be tried.
    due_at = models.DateTimeField(null=True)
    # Why not earlier, in words: "waits 3 days", "outside the hours until Monday", "limit of sales@… reached".
    due_because = models.CharField(max_length=300, blank=True)
    # It goes on by itself then (out of office); None for a pause that a person ends.
    paused_until = models.DateTimeField(null=True)
    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="enrollments")
    # The newest mail that left, which the next one answers.
    last_send = models.ForeignKey("sequences.StepSend", null=True, on_delete=models.SET_NULL, related_name="+")
    added_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[EnrollmentManager] = EnrollmentManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sequence", "contact"], name="enrollment_once")]
        indexes = [
            # The clock's look-up: its cost follows what is due, not what there is.
            models.Index(fields=["due_at"], condition=Q(state="active"), name="enrollment_due"),
            models.Index(
                fields=["paused_until"],
                condition=Q(state="paused", paused_until__isnull=False),
                name="enrollment_wakes",
            ),
            models.Index(fields=["sequence", "state", "due_at"], name="enrollment_of_sequence"),
            # What became of contacts is counted from it alone; a row enters it once, when its way ends.
            models.Index(fields=["sequence", "cause"], condition=Q(state="stopped"), name="enrollment_stopped"),
            models.Index(fields=["sequence", "-added_at", "-id"], name="enrollment_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.sequence_id}"


class StepSend(TenantModel):
    """One step to one contact: at most one, whatever happens. Holds what reports count."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="sends", db_index=False)
    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="sends", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="sends")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, related_name="sends", db_index=False)
    variant = models.ForeignKey(Variant, null=True, on_delete=models.SET_NULL, related_name="sends")
    server = models.ForeignKey(OutgoingServer, null=True, on_delete=models.SET_NULL, related_name="+")
    outgoing_message = models.OneToOneField(
        OutgoingMessage, null=True, on_delete=models.SET_NULL, related_name="step_send"
    )
    submitted_at = models.DateTimeField()
    # It was stopped before it left.
    withdrawn_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    uncertain_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    away_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    # By a human, as far as one can tell; no rule looks at them.
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrollment", "step"], name="step_send_once")]
        indexes = [models.Index(fields=["sequence", "submitted_at"], name="step_send_of_sequence")]

    def __str__(self) -> str:
        return f"{self.step_id} to {self.contact_id}"


class EnrollmentEvent(TenantModel):
    """What happened on a contact's way: the history that people see."""

    class Kind(models.TextChoices):
        ADDED = "added", "Added"
        SENT = "sent", "Sent"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Went on"
        STOPPED = "stopped", "Stopped"
        MOVED = "moved", "Moved to another server"
        FINISHED = "finished", "Finished"

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    words = models.CharField(max_length=300, blank=True)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    membership = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["enrollment", "-at"], name="enrollment_event_newest")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
