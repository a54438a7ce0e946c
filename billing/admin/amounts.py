"""Amounts as the operator types them: in major units, and never a float on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "DKK", "NOK", "PLN", "CZK", "JPY")
# What a column of the database holds (PositiveIntegerField), with room for fees of many mailboxes.
_MOST_MINOR = 1_000_000_000


class AmountField(forms.DecimalField):
    """An amount in major units, such as 49.00."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 12, "decimal_places": 2, "min_value": Decimal(0), **options})

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal"}


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in minor units; raises ValueError where it has more digits than the currency, or is too much."""
    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value():
        raise ValueError(f"{currency} has {get_currency_precision(currency)} digits behind the point.")
    if minor > _MOST_MINOR:
        raise ValueError("This is more than can be billed.")
    return int(minor)


def to_major(minor: int, currency: str) -> Decimal:
    digits = get_currency_precision(currency)
    return Decimal(minor).scaleb(-digits).quantize(Decimal(1).scaleb(-digits))
