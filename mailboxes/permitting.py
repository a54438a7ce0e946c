"""Who may use which mailbox: grants to members, edited from the mailbox or from the person (SPEC T2, T5)."""

import uuid
from collections.abc import Iterable

from django.db import models, transaction

from billing import features
from billing.models import Feature
from mailboxes.models import Mailbox, MailboxAccess
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import ROLES_WITH_EVERY_MAILBOX


class PermissionsLocked(ValueError):
    """The plan has no permissions by person: what was granted stays as it is, and nobody changes it."""


def may_change(mailbox: Mailbox) -> bool:
    """Whether the plan lets people choose who may use this mailbox."""
    return features.has(mailbox.subscription, Feature.PERSON_PERMISSIONS)


def members_of(tenant_id: int) -> models.QuerySet[Membership]:
    """Return the people who need a grant, by name."""
    return _people_of(tenant_id).exclude(role__in=ROLES_WITH_EVERY_MAILBOX)


def people_with_every_mailbox(tenant_id: int) -> models.QuerySet[Membership]:
    """Return owners and administrators, by name: nobody excludes them."""
    return _people_of(tenant_id).filter(role__in=ROLES_WITH_EVERY_MAILBOX)


def set_people(mailbox: Mailbox, *, is_open: bool, shown: Iterable[Membership], granted: Iterable[Membership]) -> None:
    """Grant the mailbox to `granted`, and take it from all others among `shown`; it works with the next request.

    Raises PermissionsLocked where the plan has no permissions by person.
    """
    _refuse_locked([mailbox])
    wanted, asked = {one.pk for one in granted}, {one.pk for one in shown}
    with transaction.atomic():
        Mailbox.objects.filter(pk=mailbox.pk).update(is_open=is_open)
        MailboxAccess.objects.filter(mailbox=mailbox, membership__in=asked - wanted).delete()
        _grant((mailbox.tenant_id, mailbox.pk, membership_id) for membership_id in asked & wanted)


def set_mailboxes(membership: Membership, *, shown: Iterable[Mailbox], granted: Iterable[Mailbox]) -> None:
    """Grant a person `granted`, and take from them all others among `shown`; raises as `set_people` does."""
    shown = list(shown)
    _refuse_locked(shown)
    wanted, asked = {one.pk for one in granted}, {one.pk for one in shown}
    with transaction.atomic():
        MailboxAccess.objects.filter(membership=membership, mailbox__in=asked - wanted).delete()
        _grant((membership.tenant_id, mailbox_id, membership.pk) for mailbox_id in asked & wanted)


def _people_of(tenant_id: int) -> models.QuerySet[Membership]:
    rows = Membership.objects.filter(tenant_id=tenant_id, is_active=True).select_related("user")
    return rows.order_by("user__name", "user__email", "id")


def _refuse_locked(mailboxes: Iterable[Mailbox]) -> None:
    for mailbox in mailboxes:
        if not may_change(mailbox):
            raise PermissionsLocked(features.explain_lack(mailbox.subscription, Feature.PERSON_PERMISSIONS))


def _grant(grants: Iterable[tuple[int, uuid.UUID, uuid.UUID]]) -> None:
    MailboxAccess.objects.bulk_create(
        (MailboxAccess(tenant_id=tenant, mailbox_id=box, membership_id=person) for tenant, box, person in grants),
        ignore_conflicts=True,
    )
