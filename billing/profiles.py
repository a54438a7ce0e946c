"""The buyer of an account."""

from collections.abc import Mapping

from billing.models import BillingProfile
from mailhub.tenancy.models import Tenant


def profile_of(tenant: Tenant) -> BillingProfile:
    """Return the profile of the tenant in scope: the one that is kept, or a new one that is not saved yet."""
    return next(iter(BillingProfile.objects.filter(tenant=tenant)), None) or BillingProfile(tenant=tenant)


def change_profile(tenant: Tenant, values: Mapping[str, str]) -> None:
    """Write these columns of the profile of the tenant in scope, and no other: what documents say from now on."""
    BillingProfile.objects.update_or_create(tenant=tenant, defaults=dict(values))
