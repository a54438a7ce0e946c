"""The buyer of an account."""

from billing.models import BillingProfile
from mailhub.tenancy.models import Tenant


def profile_of(tenant: Tenant) -> BillingProfile:
    """Return the profile of the tenant in scope: the one that is kept, or a new one that is not saved yet."""
    rows = BillingProfile.objects.select_related("issuer")
    return rows.filter(tenant=tenant).first() or BillingProfile(tenant=tenant)
