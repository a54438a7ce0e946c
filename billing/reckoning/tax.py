"""Value added tax on what we sell, which are services by electronic means (Directive 2006/112/EC). Pure.

Rates are hundredths of a percent. Whether a VAT id is registered is not asked here; its form is checked where it is
typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_MEMBER_STATES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBER_STATES.split())

REVERSE_CHARGE = "Reverse charge: the recipient of the service owes the tax (article 196 of Directive 2006/112/EC)."
OUTSIDE = "Not subject to value added tax in the European Union (article 44 of Directive 2006/112/EC)."
SMALL_BUSINESS = "No tax is charged: the seller is not registered for value added tax."


@dataclass(frozen=True)
class Party:
    """Who sells or buys: country as two letters (ISO 3166-1), empty where it is not known."""

    country: str
    vat_id: str = ""


@dataclass(frozen=True)
class Tax:
    """A rate in hundredths of a percent, and a sentence that the document has to say about it."""

    rate: int
    note: str = ""

    def of(self, net_minor: int) -> int:
        """Return the tax on an amount, rounded to the nearest minor unit, halves away from nothing."""
        amount = (2 * abs(net_minor) * self.rate + 10_000) // 20_000
        return amount if net_minor >= 0 else -amount


class RateUnknown(LookupError):
    """The operator has entered no rate for this country."""


def tax_between(seller: Party, buyer: Party, rates: Mapping[str, int]) -> Tax:
    """Return what tax a seller charges a buyer. A buyer of no known country is taxed as one of the seller's.

    Raises RateUnknown when `rates` lacks the country whose rate is due.
    """
    if not seller.vat_id:
        return Tax(0, SMALL_BUSINESS)
    country = buyer.country or seller.country
    if country == seller.country:
        return Tax(_rate(country, rates))
    if seller.country not in EU or country not in EU:
        return Tax(0, OUTSIDE)
    if buyer.vat_id:
        return Tax(0, REVERSE_CHARGE)
    # A buyer in the Union who is no business pays the tax of where they live (articles 58 and 369a and following).
    return Tax(_rate(country, rates), f"Value added tax of {country}, where the service is received.")


def _rate(country: str, rates: Mapping[str, int]) -> int:
    try:
        return rates[country]
    except KeyError as error:
        raise RateUnknown(f"No rate of value added tax is entered for {country}.") from error
