"""Who may operate the platform: see what every account is billed, and act on it."""

from allauth.mfa.models import Authenticator

from mailhub.tenancy.permissions import Role
from mailhub.tenancy.principal import Principal

_ROLES = frozenset({Role.OWNER, Role.ADMINISTRATOR})
# Recovery codes alone are no factor: they stand in for one that is lost.
_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def may_operate(principal: Principal | None) -> bool:
    """Whether the person is an owner or administrator of the platform's own tenant, and has a second factor.

    Asked anew with each request, whichever of their accounts the person has open.
    """
    if principal is None or not principal.user.is_active:
        return False
    if not any(one.tenant.is_platform and one.role in _ROLES for one in principal.memberships):
        return False
    return Authenticator.objects.filter(user=principal.user, type__in=_FACTORS).exists()
