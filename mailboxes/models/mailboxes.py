"""Mailboxes and who may use them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet

RECEIVE_LEASE = timedelta(seconds=60)


class MailboxQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> MailboxQuerySet:
        """The mailboxes that this person may use: views, search and exports receive no others (SPEC T2, T3)."""
        mine = self.filter(tenant_id=membership.tenant_id)
        return mine if membership.sees_every_mailbox else mine.filter(accesses__membership=membership)


class MailboxManager(TenantManager.from_queryset(MailboxQuerySet)):  # type: ignore[misc]
    pass


class Mailbox(TenantModel):
    """One incoming server and the outgoing servers whose mail is answered back into it."""

    class Kind(models.TextChoices):
        SERVICE = "service", "Service"
        MARKETING = "marketing", "Marketing"

    name = models.CharField(max_length=120)
    address = models.EmailField("e-mail address", max_length=254)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.SERVICE)
    is_active = models.BooleanField("active", default=True)
    comments = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # When the first mail came in or went out: from then on the kind is fixed (SPEC M2).
    first_mail_at = models.DateTimeField(null=True, editable=False)

    receive_token = models.UUIDField(null=True, editable=False)
    receive_lease_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[MailboxManager] = MailboxManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="mailbox_name_once",
                violation_error_message="Another mailbox of this account has this name.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_mail(self) -> bool:
        return self.first_mail_at is not None

    def claim_receiving(self, token: uuid.UUID) -> bool:
        """Lease the mailbox for one worker, so that messages of one thread are filed one after the other."""
        free = Q(receive_lease_until=None) | Q(receive_lease_until__lt=Now()) | Q(receive_token=token)
        mine = type(self).objects.filter(free, pk=self.pk)
        return bool(mine.update(receive_token=token, receive_lease_until=Now() + RECEIVE_LEASE))

    def release_receiving(self, token: uuid.UUID) -> None:
        mine = type(self).objects.filter(pk=self.pk, receive_token=token)
        mine.update(receive_token=None, receive_lease_until=None)


class MailboxAccess(TenantModel):
    """A member may use a mailbox. Owners and administrators need no row (SPEC T2)."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="accesses", db_index=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="mailbox_accesses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "membership"], name="mailbox_access_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} may use {self.mailbox_id}"


class OfMailboxQuerySet(TenantQuerySet):
    """Base of the rows that belong to a mailbox and are seen with it."""

    def visible_to(self, membership: Membership) -> OfMailboxQuerySet:
        """Rows of the mailboxes that this person may use."""
        mine = self.filter(tenant_id=membership.tenant_id)
        if membership.sees_every_mailbox:
            return mine
        return mine.filter(mailbox__in=Mailbox.objects.visible_to(membership))
