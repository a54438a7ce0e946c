"""Sequences and their steps (SPEC S1, S3)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from mailboxes.models import Mailbox
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet
from servers.models import OutgoingServer


def working_week() -> list[list[list[str]]]:
    """Return the hours of a new sequence: Monday to Friday, nine to five."""
    return [[["09:00", "17:00"]] for _day in range(5)] + [[], []]


class SequenceQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> SequenceQuerySet:
        """Those whose default outgoing server stands at a mailbox that this person may use, and their own without one.

        Whoever may not see a mailbox sees nothing of what is sent through it (SPEC T3).
        """
        mine = self.filter(tenant_id=membership.tenant_id)
        if membership.sees_every_mailbox:
            return mine
        mailboxes = Mailbox.objects.visible_to(membership)
        return mine.filter(Q(server__mailbox__in=mailboxes) | Q(server=None, author=membership))


class SequenceManager(TenantManager.from_queryset(SequenceQuerySet)):  # type: ignore[misc]
    pass


class Sequence(TenantModel):
    """Mails that follow one another, when they may leave, and what stops them."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    class Zone(models.TextChoices):
        CONTACT = "contact", "The contact's"
        ACCOUNT = "account", "The account's"

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    # Who wrote it: what leaves, leaves with this person's permission.
    author = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+", editable=False)
    # Contacts without an override go through it. None: it was deleted, or not chosen yet.
    server = models.ForeignKey(
        OutgoingServer, null=True, blank=True, on_delete=models.SET_NULL, related_name="default_of_sequences"
    )
    # For each day from Monday the intervals ["09:00", "17:00"] in which it sends; [] is a day without.
    week = models.JSONField(default=working_week)
    zone = models.CharField(max_length=10, choices=Zone.choices, default=Zone.CONTACT)
    # Days on which nothing is sent, in ISO form.
    skip_dates = models.JSONField(default=list, blank=True)
    # First steps a day at most; None for as many as the limits allow.
    new_per_day = models.PositiveIntegerField(null=True, blank=True)
    stops_company = models.BooleanField("a reply stops everyone of the same company", default=False)
    tracks_opens = models.BooleanField("see who opens", default=False)
    tracks_clicks = models.BooleanField("see who clicks", default=False)
    # Why it paused by itself, in words; empty where a person did it.
    paused_because = models.CharField(max_length=300, blank=True, editable=False)
    # Bounces before that are forgiven: a person has looked and went on.
    shield_from = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    changed_at = models.DateTimeField(editable=False)

    objects: ClassVar[SequenceManager] = SequenceManager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="sequence_name_once",
                violation_error_message="Another sequence of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Step(TenantModel):
    """One mail of a sequence, some time after the one before it."""

    class Unit(models.TextChoices):
        HOURS = "hours", "hours"
        DAYS = "days", "days"
        SENDING_DAYS = "sending_days", "sending days"

    sequence = models.ForeignKey(Sequence, on_delete=models.CASCADE, related_name="steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    delay = models.PositiveSmallIntegerField(default=0)
    unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.DAYS)
    # Taken out after it was sent to somebody: what it sent stays in the reports.
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["sequence", "position"], name="step_order")]

    def __str__(self) -> str:
        return f"Step {self.position}"


class Variant(TenantModel):
    """One way to say what a step says; each contact gets one, by weight."""

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="variants", db_index=False)
    # A, B, C …
    label = models.CharField(max_length=2)
    weight = models.PositiveSmallIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    # Empty: the same thread as the mail before, "Re:" and its subject.
    subject = models.CharField(max_length=500, blank=True)
    html = models.TextField(blank=True)
    changed_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["label", "id"]
        constraints = [models.UniqueConstraint(fields=["step", "label"], name="variant_label_once")]

    def __str__(self) -> str:
        return self.label
