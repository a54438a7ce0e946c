"""Which tax is charged between whom."""

import pytest

from billing.reckoning.tax import OUTSIDE, REVERSE_CHARGE, SMALL_BUSINESS, Party, RateUnknown, Tax, tax_between

RATES = {"DE": 1900, "FR": 2000, "FI": 2550, "GR": 2400, "CH": 810}
GERMAN, SWISS = Party("DE", "DE123456788"), Party("CH", "CHE123456788MWST")
SMALL = Party("DE")


@pytest.mark.parametrize(
    ("seller", "buyer", "rate", "note"),
    [
        pytest.param(GERMAN, Party("DE"), 1900, "", id="domestic"),
        pytest.param(GERMAN, Party("DE", "DE123456788"), 1900, "", id="domestic with an id"),
        pytest.param(GERMAN, Party("FR", "FR1"), 0, REVERSE_CHARGE, id="member state with an id"),
        pytest.param(GERMAN, Party("GR", "EL1"), 0, REVERSE_CHARGE, id="Greece, whose ids have other letters"),
        pytest.param(GERMAN, Party("FR"), 2000, "Value added tax of FR", id="member state without an id"),
        pytest.param(GERMAN, Party("FI"), 2550, "Value added tax of FI", id="a rate with a half"),
        pytest.param(GERMAN, Party("CH", "CHE1"), 0, OUTSIDE, id="outside with an id"),
        pytest.param(GERMAN, Party("US"), 0, OUTSIDE, id="outside without an id"),
        pytest.param(GERMAN, Party("GB", "XI1"), 0, OUTSIDE, id="Northern Ireland, for services"),
        pytest.param(GERMAN, Party(""), 1900, "", id="unknown country"),
        pytest.param(GERMAN, Party("", "FR1"), 1900, "", id="unknown country with an id"),
        pytest.param(SMALL, Party("DE"), 0, SMALL_BUSINESS, id="small business at home"),
        pytest.param(SMALL, Party("FR"), 0, SMALL_BUSINESS, id="small business abroad"),
        pytest.param(SMALL, Party("MT"), 0, SMALL_BUSINESS, id="small business, no rate needed"),
        pytest.param(SWISS, Party("CH"), 810, "", id="seller outside, at home"),
        pytest.param(SWISS, Party("DE", "DE1"), 0, OUTSIDE, id="seller outside, buyer in the Union"),
    ],
)
def test_tax_between(seller: Party, buyer: Party, rate: int, note: str) -> None:
    tax = tax_between(seller, buyer, RATES)

    assert tax.rate == rate
    assert tax.note.startswith(note)
    assert bool(tax.note) == bool(note)


@pytest.mark.parametrize(
    ("seller", "buyer"),
    [
        pytest.param(GERMAN, Party("MT"), id="buyer's country"),
        pytest.param(Party("MT", "MT1"), Party("MT"), id="at home"),
        pytest.param(Party("MT", "MT1"), Party(""), id="unknown country"),
    ],
)
def test_rate_that_nobody_entered_is_an_error_that_names_the_country(seller: Party, buyer: Party) -> None:
    with pytest.raises(RateUnknown, match="MT"):
        tax_between(seller, buyer, RATES)


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [
        (4900, 1900, 931),
        (0, 1900, 0),
        (50, 100, 1),
        (49, 100, 0),
        (100, 2550, 26),
        (-50, 100, -1),
        (-4900, 1900, -931),
        (4900, 0, 0),
    ],
)
def test_tax_is_rounded_to_the_nearest_minor_unit_halves_away_from_nothing(net: int, rate: int, tax: int) -> None:
    assert Tax(rate).of(net) == tax
