import pytest

from billing.money import Money


@pytest.mark.parametrize(
    ("money", "words"),
    [
        (Money(500, "EUR"), "€ 5.00"),
        (Money(123456789, "USD"), "$ 1,234,567.89"),
        (Money(5, "CHF"), "CHF 0.05"),
        (Money(1200, "JPY"), "JPY 1,200"),
        (Money(-250, "EUR"), "-€ 2.50"),
    ],
)
def test_amounts_are_written_with_their_currency(money: Money, words: str) -> None:
    assert str(money) == words


def test_amounts_add_up_exactly() -> None:
    assert Money(4900, "EUR") + Money(500, "EUR") * 3 == Money(6400, "EUR")


def test_different_currencies_do_not_add_up() -> None:
    with pytest.raises(ValueError, match="different currencies"):
        Money(1, "EUR") + Money(1, "USD")
