"""Mailboxes and who may use them."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from mailboxes.sight import sight_of
from mailhub.tenancy.models import Membership
from mailhub.tenancy.rows import TenantManager, TenantModel, TenantQuerySet

RECEIVE_LEASE = timedelta(seconds=60)


def new_direct_token() -> str:
    """Return the local part of a direct address: 16 letters and digits that nobody guesses."""
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


class MailboxQuerySet(TenantQuerySet):
    def visible_to(self, membership: Membership) -> MailboxQuerySet:
        """The mailboxes that this person may use: views, search and exports receive no others (SPEC T2, T3)."""
        mine = self.filter(tenant_id=membership.tenant_id)
        if (sight := sight_of(membership)) is not None:
            return mine.filter(pk__in=sight.mailbox_ids)
        if membership.sees_every_mailbox:
            return mine
        granted = MailboxAccess.objects.filter(mailbox=OuterRef("pk"), membership=membership)
        return mine.filter(Q(is_open=True) | Exists(granted))


class EveryMailboxManager(TenantManager.from_queryset(MailboxQuerySet)):  # type: ignore[misc]
    """Sees also the mailboxes that were deleted and whose rows are being removed."""


class MailboxManager(EveryMailboxManager):
    """Sees the mailboxes that are there for people: a deleted one is gone at once."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(deleted_at=None)


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
    segment = models.ForeignKey("mailboxes.Segment", on_delete=models.RESTRICT, related_name="mailboxes")
    # What it counts against while it is active (SPEC B1).
    subscription = models.ForeignKey("billing.Subscription", on_delete=models.RESTRICT, related_name="mailboxes")
    # Everyone in the account may use it; otherwise those who have a grant.
    is_open = models.BooleanField("everyone in the account may use it", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # When the first mail came in or went out: from then on the kind is fixed (SPEC M2).
    first_mail_at = models.DateTimeField(null=True, editable=False)

    # Made once: people may redirect mail there. Every row has one; that it may be null spares SQLite a new table.
    direct_token = models.CharField(max_length=32, null=True, default=new_direct_token, editable=False)  # noqa: DJ001

    receive_token = models.UUIDField(null=True, editable=False)
    receive_lease_until = models.DateTimeField(null=True, editable=False)

    # Keyword rules that give new mail its topic, and the topic where none fits (SPEC M22).
    filter_set = models.ForeignKey(
        "mailboxes.FilterSet", null=True, blank=True, on_delete=models.SET_NULL, related_name="mailboxes"
    )
    default_topic = models.ForeignKey(
        "mailboxes.Topic", null=True, blank=True, on_delete=models.SET_NULL, related_name="default_of"
    )

    # Somebody deleted it: nobody sees it any more, and its rows are removed in the background (mailboxes.emptying). Its
    # name is free, and its servers are switched off.
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[MailboxManager] = MailboxManager()
    with_deleted: ClassVar[EveryMailboxManager] = EveryMailboxManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="mailbox_name_once",
                violation_error_message="Another mailbox of this account has this name.",
            ),
            models.UniqueConstraint(
                fields=["direct_token"], condition=Q(direct_token__isnull=False), name="direct_token_once"
            ),
        ]
        indexes = [
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="mailbox_deleted"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_mail(self) -> bool:
        return self.first_mail_at is not None

    @property
    def direct_address(self) -> str:
        """The address of this mailbox at the platform's own domain (SPEC M14)."""
        return f"{self.direct_token}@{settings.DIRECT_MAIL_DOMAIN}"

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
        if (sight := sight_of(membership)) is not None:
            return mine if sight.is_everything else mine.filter(mailbox__in=sight.mailbox_ids)
        if membership.sees_every_mailbox:
            # Few or none are deleted, so this costs less than naming all others.
            return mine.exclude(mailbox__in=Mailbox.with_deleted.filter(deleted_at__isnull=False))
        return mine.filter(mailbox__in=Mailbox.objects.visible_to(membership))


class OfMailboxManager(TenantManager.from_queryset(OfMailboxQuerySet)):  # type: ignore[misc]
    pass
