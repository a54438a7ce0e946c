"""Who has proven their address, and what becomes of a sign-up that nobody confirmed."""

from allauth.account.models import EmailAddress
from django.db import transaction

from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.scope import tenant_scope


def forget_unproven(email: str) -> bool:
    """Delete the person who signed up with `email` and never confirmed it, with the account made then; False if none.

    Nobody has proven the address, so the newer sign-up wins. An account that has other people is never touched.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email=email.lower()).first()
        if user is None or not _is_unproven(user):
            return False
        for tenant in Tenant.objects.filter(memberships__user=user):
            with tenant_scope(tenant.pk):
                tenant.delete()
        user.delete()
    return True


def _is_unproven(user: User) -> bool:
    addresses = EmailAddress.objects.filter(user=user)
    if user.last_login is not None or not addresses.exists() or addresses.filter(verified=True).exists():
        return False
    return not Membership.objects.filter(tenant__memberships__user=user).exclude(user=user).exists()


def has_person(email: str) -> bool:
    """Whether somebody signs in with this address; a sign-up that nobody confirmed is nobody."""
    user = User.objects.filter(email=email.lower()).first()
    return user is not None and not _is_unproven(user)
