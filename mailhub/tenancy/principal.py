"""Who is asking: a person in one of their accounts."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from mailhub.tenancy.models import Membership, Tenant, User
from mailhub.tenancy.permissions import Permission


@dataclass(frozen=True)
class Principal:
    """A person acting for one tenant. Resolved once per request."""

    membership: Membership
    # All active memberships of the person, by account name.
    memberships: tuple[Membership, ...]

    @property
    def user(self) -> User:
        return self.membership.user

    @property
    def tenant(self) -> Tenant:
        return self.membership.tenant

    def may(self, permission: Permission) -> bool:
        return self.membership.may(permission)


class TenantRequest(HttpRequest):
    """The request that a view with a permission receives."""

    principal: Principal
    # How many conversations are unread, from a page that has counted them: the frame around it counts no more.
    counted_unread: int | None = None
    # The same of the person's mailboxes (mailboxes.overview).
    seen_mailboxes: list[Any] | None = None


SESSION_KEY = "membership"


def memberships_of(user: User) -> list[Membership]:
    """Return the person's active memberships, by account name."""
    rows = Membership.objects.select_related("tenant", "user").filter(user=user, is_active=True)
    return list(rows.order_by("tenant__name", "id"))


def principal_of(request: HttpRequest) -> Principal | None:
    """Return the principal of a signed-in request, or None for someone without any account."""
    memberships = memberships_of(request.user)  # type: ignore[arg-type]
    if not memberships:
        return None
    chosen = request.session.get(SESSION_KEY)
    return Principal(next((one for one in memberships if str(one.pk) == chosen), memberships[0]), tuple(memberships))
