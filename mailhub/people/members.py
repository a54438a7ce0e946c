"""What owners and administrators do to the people of their account.

An account always keeps an active owner: only an owner touches owners, nobody touches themselves, and whoever acts is
looked up again under the lock of the account. So the owner who acts is always one who stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.functions import Lower

from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Permission, Role

_RANKS = {Role.OWNER: 0, Role.ADMINISTRATOR: 1, Role.MEMBER: 2}


class Refused(Exception):
    """It may not be done, in words for whoever tried."""


def people_of(tenant: Tenant) -> QuerySet[Membership]:
    """Return the people of an account, owners and administrators first, each with `has_second_factor` (SPEC T2)."""
    second_factors = Authenticator.objects.filter(user=OuterRef("user")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    rank = Case(*(When(role=role, then=Value(rank)) for role, rank in _RANKS.items()), output_field=IntegerField())
    rows = Membership.objects.filter(tenant=tenant).select_related("user", "presence")
    return rows.annotate(has_second_factor=Exists(second_factors)).order_by(
        rank, Lower("user__name"), "user__email", "id"
    )


def may_change(person: Membership, *, by: Membership) -> bool:
    """Whether `by` may change this person at all."""
    return _objection(person, by) == ""


def roles_given_by(by: Membership) -> list[Role]:
    """Return the roles that this person may give: only an owner makes owners."""
    return [role for role in Role if role != Role.OWNER or by.role == Role.OWNER]


def change_role(person: Membership, role: Role, *, by: Membership) -> None:
    """Give a person another role. Raises Refused."""
    with _changing(person, by) as (locked, acting):
        if role not in roles_given_by(acting):
            raise Refused("Only an owner makes owners.")
        locked.role = role
        locked.save(update_fields=["role"])


def deactivate(person: Membership, *, by: Membership) -> None:
    """End a person's access with their next request, and keep all else. Raises Refused."""
    with _changing(person, by) as (locked, _acting):
        locked.is_active = False
        locked.save(update_fields=["is_active"])


def reactivate(person: Membership, *, by: Membership) -> None:
    """Give a deactivated person their access back, with the role they had. Raises Refused."""
    with _changing(person, by) as (locked, _acting):
        locked.is_active = True
        locked.save(update_fields=["is_active"])


def remove(person: Membership, *, by: Membership) -> None:
    """Take a person out of the account, with what they may see. What they wrote stays. Raises Refused."""
    with _changing(person, by) as (locked, _acting):
        locked.delete()


def reset_second_factor(person: Membership, *, by: Membership) -> None:
    """Delete authenticator app, passkeys and recovery codes of a person who lost them. Raises Refused.

    Who belongs to another account too is protected there by the same factors, so no single account may delete them.
    """
    with _changing(person, by) as (locked, _acting):
        if Membership.objects.filter(user=locked.user_id).exclude(pk=locked.pk).exists():
            raise Refused(
                "This person’s sign-in does not belong to this account alone, so it cannot be reset here. They can use "
                "a recovery code, or ask the operator of this installation."
            )
        Authenticator.objects.filter(user=locked.user_id).delete()


@contextmanager
def _changing(person: Membership, by: Membership) -> Iterator[tuple[Membership, Membership]]:
    """Lock the people of the account; yield the person, and who acts, as they are now."""
    with transaction.atomic():
        # SQLite has one writer at a time, and takes its lock when the transaction begins.
        Tenant.objects.select_for_update(no_key=True).get(pk=by.tenant_id)
        rows = Membership.objects.select_related("user").filter(tenant_id=by.tenant_id).in_bulk([person.pk, by.pk])
        if person.pk not in rows:
            raise Refused("This person is not in the account any more.")
        acting = rows.get(by.pk)
        if acting is None or not acting.is_active or not acting.may(Permission.MANAGE_PEOPLE):
            raise Refused("You may not change people of this account any more.")
        objection = _objection(rows[person.pk], acting)
        if objection:
            raise Refused(objection)
        yield rows[person.pk], acting


def _objection(person: Membership, by: Membership) -> str:
    if person.pk == by.pk:
        return "Nobody changes their own role or access. Ask another owner or administrator."
    if person.role == Role.OWNER and by.role != Role.OWNER:
        return "Only an owner changes what an owner may do."
    return ""
