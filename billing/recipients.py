"""Who is written to about an account's invoices and payments."""

from billing.profiles import profile_of
from mailhub.tenancy.models import Membership, Tenant
from mailhub.tenancy.permissions import Role


def recipients_of(tenant: Tenant) -> list[str]:
    """Return the address that the tenant in scope gave for invoices, else those of its owners; empty for nobody."""
    profile = profile_of(tenant)
    if profile.email:
        return [profile.email]
    owners = Membership.objects.filter(tenant=tenant, role=Role.OWNER, is_active=True, user__is_active=True)
    return list(owners.order_by("created_at", "pk").values_list("user__email", flat=True))
