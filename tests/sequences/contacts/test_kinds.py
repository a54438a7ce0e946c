"""Values of an account's own fields, read as people write them."""

import pytest

from sequences.contacts.kinds import UnfitValue, read_value, written_value


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("40", "40"),
        ("-0.50", "-0.5"),
        ("1 234,5", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1’234’567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
        ("007", "7"),
        ("\N{MINUS SIGN}3", "-3"),
        ("-0", "0"),
    ],
)
def test_a_number_is_kept_in_one_form(written: str, kept: str) -> None:
    assert read_value("number", written) == kept


@pytest.mark.parametrize("written", ["many", "40 %", "1,234", "1e5", "NaN", "1.2.3", "--1", "1" * 40, "٤٠"])
def test_what_is_no_number_or_two_numbers_is_refused(written: str) -> None:
    with pytest.raises(UnfitValue):
        read_value("number", written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-05-31", "2026-05-31"),
        ("2026-05-31 00:00:00", "2026-05-31"),
        ("2026-05-31T12:30:00Z", "2026-05-31"),
        ("2026/5/31", "2026-05-31"),
        ("20260531", "2026-05-31"),
        ("31.5.2026", "2026-05-31"),
        ("31/05/2026", "2026-05-31"),
        ("5/31/2026", "2026-05-31"),
        ("4/4/2026", "2026-04-04"),
        ("31 May 2026", "2026-05-31"),
        ("May 31, 2026", "2026-05-31"),
        ("31-May-2026", "2026-05-31"),
    ],
)
def test_a_date_is_kept_in_iso_form(written: str, kept: str) -> None:
    assert read_value("date", written) == kept


@pytest.mark.parametrize("written", ["soon", "03/04/2026", "31.2.2026", "31/31/2026", "1.1.26", "0020-01-01"])
def test_what_is_no_day_or_two_days_is_refused(written: str) -> None:
    with pytest.raises(UnfitValue):
        read_value("date", written)


def test_a_date_is_written_out_for_those_who_read_it() -> None:
    assert written_value("date", "2026-05-31") == "31 May 2026"
