"""Who may use a mailbox: whom a conversation in it may be assigned to, and who may be named in a note (SPEC T3)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from mailboxes.models import Mailbox, MailboxAccess
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import ROLES_WITH_EVERY_MAILBOX


def people_of(mailbox: Mailbox) -> list[Membership]:
    """Return who may use a mailbox, by name."""
    people = _active(mailbox.tenant_id)
    if not mailbox.is_open:
        granted = MailboxAccess.objects.filter(mailbox=mailbox, membership=OuterRef("pk"))
        people = people.filter(Q(role__in=ROLES_WITH_EVERY_MAILBOX) | Exists(granted))
    return list(people.select_related("user", "tenant").order_by("user__name", "user__email", "id"))


def sees_all(membership: Membership, mailbox_ids: Collection[UUID]) -> bool:
    """Whether a person is there, active, and may use every one of these mailboxes."""
    if not _active(membership.tenant_id).filter(pk=membership.pk).exists():
        return False
    seen = Mailbox.objects.visible_to(membership).filter(pk__in=mailbox_ids)
    return seen.count() == len(set(mailbox_ids))


def _active(tenant_id: int) -> QuerySet[Membership]:
    return Membership.objects.filter(tenant_id=tenant_id, is_active=True, user__is_active=True)
