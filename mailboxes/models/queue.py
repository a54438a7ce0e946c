"""How people see the queue: views that they keep, how long an answer may take, whose pictures and mail they trust."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from mailboxes.models.mailboxes import Mailbox, OfMailboxManager
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet


class SavedViewQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> SavedViewQuerySet:
        """Their own and shared ones, without those about a mailbox that they may not use (SPEC T3)."""
        mailboxes = Mailbox.objects.visible_to(membership)
        return self.filter(Q(owner=membership) | Q(is_shared=True)).filter(Q(mailbox=None) | Q(mailbox__in=mailboxes))


class SavedViewManager(TenantManager.from_queryset(SavedViewQuerySet)):  # type: ignore[misc]
    pass


class SavedView(TenantModel):
    """A list of conversations under a name: filters and search words, as the address of the list carries them."""

    owner = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="saved_views", db_index=False)
    is_shared = models.BooleanField("everyone in the account sees it", default=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    # The mailbox that the query names: who may not use it sees no view of it.
    mailbox = models.ForeignKey(Mailbox, null=True, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    objects: ClassVar[SavedViewManager] = SavedViewManager()

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"],
                name="saved_view_name_once",
                violation_error_message="Another view of yours has this name.",
            )
        ]
        indexes = [models.Index(fields=["tenant"], condition=Q(is_shared=True), name="saved_view_shared")]

    def __str__(self) -> str:
        return self.name


class ResponseTarget(TenantModel):
    """How long an answer of this mailbox may take, counted in working hours (SPEC Q5). Without a row there is none."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="response_target")
    is_active = models.BooleanField("active", default=True)
    minutes = models.PositiveIntegerField(default=480)
    time_zone = models.CharField(max_length=64, default="UTC")
    # For each day from Monday the intervals ["09:00", "17:00"] in which people work; [] is a day off.
    week = models.JSONField(default=list)
    # Days off, in ISO form.
    holidays = models.JSONField(default=list)

    objects: ClassVar[OfMailboxManager] = OfMailboxManager()

    def __str__(self) -> str:
        return f"{self.minutes} min for {self.mailbox_id}"


class SenderVerdict(TenantModel):
    """What people said of an address in a mailbox: its mail is spam, or never is. It wins over the servers' words."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="sender_verdicts", db_index=False)
    # Normalised.
    address = models.CharField(max_length=320)
    is_spam = models.BooleanField()
    said_by = models.ForeignKey(Membership, null=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField()

    objects: ClassVar[OfMailboxManager] = OfMailboxManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "address"], name="sender_verdict_once")]

    def __str__(self) -> str:
        return f"{self.address}: {'spam' if self.is_spam else 'no spam'}"


class PictureConsent(TenantModel):
    """A person wants to see the remote pictures of this sender, from now on."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="picture_consents", db_index=False
    )
    # Normalised.
    address = models.CharField(max_length=320)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "address"], name="picture_consent_once")]

    def __str__(self) -> str:
        return f"{self.membership_id}: {self.address}"
