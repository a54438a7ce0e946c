"""Seller and buyer as a document keeps them, and the tax between them."""

from collections.abc import Mapping
from datetime import date

from billing.models import BillingProfile, Issuer, TaxRate
from billing.reckoning.tax import Party, Tax, tax_between
from mailhub.tenancy.models import Tenant

_OF_SELLER = ("name", "address", "country", "vat_id", "email", "bank_holder", "bank_name", "iban", "bic", "footer")


def seller_of(issuer: Issuer) -> dict[str, str]:
    """Return what documents say of the seller; it stays there when the issuer moves."""
    return {name: getattr(issuer, name) for name in _OF_SELLER}


def buyer_of(tenant: Tenant, profile: BillingProfile) -> dict[str, str]:
    """Return what documents say of the buyer."""
    return {
        "name": profile.company or tenant.name,
        "address": profile.address,
        "country": profile.country,
        "vat_id": profile.vat_id,
        "reference": profile.reference,
    }


def tax_for(issuer: Issuer, profile: BillingProfile, rates: Mapping[str, int]) -> Tax:
    """Return the tax on a document of this day; raises RateUnknown."""
    seller, buyer = Party(issuer.country, issuer.vat_id), Party(profile.country, profile.vat_id)
    return tax_between(seller, buyer, rates)


def rates_on(day: date) -> dict[str, int]:
    """Return the rates that are valid on a day, by country, in one query."""
    rows = TaxRate.objects.filter(valid_from__lte=day).order_by("valid_from")
    return dict(rows.values_list("country", "rate"))
