"""Whom a person may know to answer mail in the same account (SPEC T3)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from mailboxes.models import Mailbox, MailboxAccess
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import ROLES_WITH_EVERY_MAILBOX


def colleagues_of(membership: Membership) -> QuerySet[Membership]:
    """Return who may use one of the mailboxes that this person may use, by name, themselves included."""
    people = Membership.objects.filter(tenant_id=membership.tenant_id, is_active=True, user__is_active=True)
    people = people.select_related("user").order_by("user__name", "user__email", "pk")
    if membership.sees_every_mailbox:
        return people
    mailboxes = Mailbox.objects.visible_to(membership)
    granted = MailboxAccess.objects.filter(membership=OuterRef("pk"), mailbox__in=mailboxes)
    sees_all = Q(role__in=ROLES_WITH_EVERY_MAILBOX) & Exists(mailboxes)
    return people.filter(Q(pk=membership.pk) | sees_all | Exists(granted) | Exists(mailboxes.filter(is_open=True)))
