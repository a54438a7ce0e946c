"""Amounts of money: whole minor units and a currency (ISO 4217), never a float."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import get_currency_precision

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


@dataclass(frozen=True)
class Money:
    """So many minor units (cents) of a currency."""

    minor: int
    currency: str

    def __str__(self) -> str:
        sign, digits = _SIGNS.get(self.currency, self.currency), get_currency_precision(self.currency)
        minus = "-" if self.minor < 0 else ""
        if not digits:
            return f"{minus}{sign} {abs(self.minor):,}"
        whole, rest = divmod(abs(self.minor), 10**digits)
        return f"{minus}{sign} {whole:,}.{rest:0{digits}}"

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def __add__(self, other: Money) -> Money:
        """Raise ValueError for an amount in another currency."""
        if self.currency != other.currency:
            raise ValueError(f"{self} and {other} have different currencies.")
        return Money(self.minor + other.minor, self.currency)
