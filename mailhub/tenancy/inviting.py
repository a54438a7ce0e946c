"""Invitations: asking somebody to join an account, and the joining (SPEC T6, SECURITY B130)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet

from mailhub.tenancy.accounts import forget_unproven
from mailhub.tenancy.models import Invitation, Membership, User
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope, unscoped

VALID_FOR = timedelta(days=7)
_TOKEN_BYTES = 32


class RoleRefused(Exception):
    """Only an owner makes owners."""


class MemberAlready(Exception):
    """The address belongs to a person of the account."""

    def __init__(self, membership: Membership) -> None:
        super().__init__(f"{membership.user.email} is in this account already.")
        self.membership = membership


class InvitationOver(Exception):
    """The invitation was accepted, revoked or replaced, or its time is up."""


@dataclass(frozen=True)
class Invited:
    """An invitation and the token for its mail. The token is nowhere else, and is not shown."""

    invitation: Invitation
    token: str

    def __repr__(self) -> str:
        return f"Invited({self.invitation.pk}, ••••)"


def invite(email: str, role: Role, *, by: Membership, now: datetime) -> Invited:
    """Invite an address to the account of `by`. One that is invited already gets a new token and this role.

    Raises MemberAlready for a person of the account, also a deactivated one, and RoleRefused.
    """
    if role == Role.OWNER and by.role != Role.OWNER:
        raise RoleRefused("Only an owner invites owners.")
    email = email.strip().lower()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with transaction.atomic():
        member = members_among([email], of=by).first()
        if member is not None:
            raise MemberAlready(member)
        invitation, _is_new = Invitation.objects.update_or_create(
            tenant_id=by.tenant_id,
            email=email,
            accepted_at=None,
            revoked_at=None,
            defaults={"role": role, "invited_by": by, **_fresh(token, now)},
        )
    return Invited(invitation, token)


def resend(invitation: Invitation, *, by: Membership, now: datetime) -> Invited:
    """Give an open invitation a new token and its full time; the former link is over. Raises InvitationOver."""
    if invitation.role == Role.OWNER and by.role != Role.OWNER:
        raise RoleRefused("Only an owner invites owners.")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    if not _open_rows().filter(pk=invitation.pk).update(invited_by=by, **_fresh(token, now)):
        raise InvitationOver("The invitation was accepted or revoked meanwhile.")
    return Invited(invitation.refreshed(), token)


def revoke(invitation: Invitation, *, now: datetime) -> None:
    """End an open invitation. Raises InvitationOver when it was accepted or revoked meanwhile."""
    if not _open_rows().filter(pk=invitation.pk).update(revoked_at=now):
        raise InvitationOver("The invitation was accepted or revoked meanwhile.")


def find_invitation(token: str, *, now: datetime) -> Invitation | None:
    """Return the invitation that this token opens now, or None."""
    with unscoped("the link of an invitation says for itself whose it is"):
        found: Invitation | None = (
            _open_rows()
            .filter(token_sha256=_digest(token), expires_at__gt=now)
            .select_related("tenant", "invited_by__user")
            .first()
        )
    return found


def accept(invitation: Invitation, user: User, *, now: datetime) -> Membership:
    """Make `user` a person of the account. Raises InvitationOver when somebody was faster.

    The caller has made sure that the user's address is the invited one. A person who is in the account by now stays
    what they are: an invitation neither changes a role nor brings back who was deactivated.
    """
    with tenant_scope(invitation.tenant_id), transaction.atomic():
        still_open = _open_rows().filter(pk=invitation.pk, token_sha256=invitation.token_sha256, expires_at__gt=now)
        if not still_open.update(accepted_at=now):
            raise InvitationOver("The invitation was accepted, revoked or replaced meanwhile.")
        membership, _is_new = Membership.objects.get_or_create(
            tenant_id=invitation.tenant_id, user=user, defaults={"role": invitation.role}
        )
    return membership


def accept_as_new_person(
    invitation: Invitation, *, name: str, password: str, time_zone: str, now: datetime
) -> Membership:
    """Create the person whose address was invited, and accept. Raises InvitationOver.

    A sign-up with this address that nobody has confirmed gives way: the invitation has proven whose address it is.
    """
    with transaction.atomic():
        forget_unproven(invitation.email)
        user = User.objects.create_user(invitation.email, password, name=name, time_zone=time_zone)
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        return accept(invitation, user, now=now)


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations of the account that nobody accepted or revoked, also those whose time is up."""
    rows: QuerySet[Invitation] = _open_rows().select_related("invited_by__user").order_by("email", "id")
    return rows


def members_among(emails: list[str], *, of: Membership) -> QuerySet[Membership]:
    """Return the people of the account of `of` with one of these addresses, deactivated ones too."""
    return Membership.objects.filter(tenant_id=of.tenant_id, user__email__in=emails).select_related("user")


def _open_rows() -> QuerySet[Invitation]:
    rows: QuerySet[Invitation] = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    return rows


def _fresh(token: str, now: datetime) -> dict[str, object]:
    return {"token_sha256": _digest(token), "created_at": now, "expires_at": now + VALID_FOR}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
