"""What tax an account is charged, in words: shown beside the details that decide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from billing import countries
from billing.invoicing.parties import tax_for
from billing.models import BillingProfile, Issuer
from billing.reckoning.tax import EU, OUTSIDE, REVERSE_CHARGE, SMALL_BUSINESS, RateUnknown


@dataclass(frozen=True)
class TaxWords:
    """What is charged, why, and what would change it; `is_known` is False where no invoice can be issued."""

    charged: str
    why: str
    hint: str = ""
    # The sentence that the document has to say.
    note: str = ""
    is_known: bool = True


def tax_in_words(issuer: Issuer, profile: BillingProfile, rates: Mapping[str, int]) -> TaxWords:
    """Return what a document of this day would charge, and why."""
    country = profile.country or issuer.country
    name = countries.name_of(country)
    try:
        tax = tax_for(issuer, profile, rates)
    except RateUnknown:
        words = f"The rate of {name} is not entered here yet. Who runs this installation has to enter it first."
        return TaxWords("Not known yet", words, is_known=False)
    if tax.note == SMALL_BUSINESS:
        return TaxWords("No tax", f"{issuer.name} is not registered for value added tax.", note=tax.note)
    if tax.note == OUTSIDE:
        return TaxWords("No tax", _why_outside(issuer, name), note=tax.note)
    if tax.note == REVERSE_CHARGE:
        words = f"A business of {name} with a VAT id declares the tax there itself (reverse charge)."
        return TaxWords("No tax", words, note=tax.note)
    charged = f"{tax.rate / 100:g} % value added tax"
    if not profile.country:
        words = f"No country is chosen, so tax is charged as in {name}, where {issuer.name} is."
        return TaxWords(charged, words, "Another country, or a VAT id, may change that.")
    if country == issuer.country:
        return TaxWords(charged, f"{issuer.name} is in {name} too: its tax is charged, with a VAT id or without.")
    hint = "With a VAT id no tax is charged: a business declares it itself (reverse charge)."
    return TaxWords(charged, f"Without a VAT id the tax of {name} is charged, where you are.", hint, tax.note)


def _why_outside(issuer: Issuer, name: str) -> str:
    if issuer.country in EU:
        return f"{name} is outside the European Union: what is sold there is not taxed in it."
    return f"{issuer.name} is in {countries.name_of(issuer.country)}, outside the European Union."
