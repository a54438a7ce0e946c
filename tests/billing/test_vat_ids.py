"""VAT ids: form, check digit, and the country that they are of. The ids here are calculated, and nobody's."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import countries
from billing.vat_ids import LONGEST, VatIdRefused, vat_id_of


def _checked(write: Callable[[int], str], country: str, count: int) -> str:
    """Return the only one of `count` ids, which differ in their check digits alone, that is valid."""
    found = []
    for digits in range(count):
        try:
            found.append(vat_id_of(write(digits), country))
        except VatIdRefused:
            continue
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("country", "write", "count"),
    [
        ("AT", lambda digit: f"ATU1234567{digit}", 10),
        ("BE", lambda digits: f"BE01234567{digits:02}", 97),
        ("DE", lambda digit: f"DE12345678{digit}", 10),
        ("FR", lambda digits: f"FR{digits:02}123456782", 97),
        ("GR", lambda digit: f"EL12345678{digit}", 10),
        ("IT", lambda digit: f"IT1234567001{digit}", 10),
        ("PL", lambda digit: f"PL123456785{digit}", 10),
        ("CH", lambda digit: f"CHE12345678{digit}MWST", 10),
        ("NO", lambda digit: f"NO12345678{digit}MVA", 10),
    ],
)
def test_one_check_digit_fits(country: str, write: Callable[[int], str], count: int) -> None:
    assert _checked(write, country, count)


GERMAN, GREEK = "DE123456788", "EL123456783"
FRENCH, AUSTRIAN = "FR11123456782", "ATU12345675"
BRITISH = "123456782"


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        (" de 123.456-788 ", "DE", GERMAN),
        ("123456788", "DE", GERMAN),
        ("DE\u00a0123\u2009456\u2010788", "DE", GERMAN),
        (GREEK, "GR", GREEK),
        ("GR 123456783", "GR", GREEK),
        ("123456783", "GR", GREEK),
        (f"GB {BRITISH}", "GB", f"GB{BRITISH}"),
        (BRITISH, "GB", f"GB{BRITISH}"),
        (f"XI{BRITISH}", "GB", f"XI{BRITISH}"),
        (f"GB{BRITISH}", "IM", f"GB{BRITISH}"),
        ("CHE-123.456.788 MWST", "CH", "CHE123456788MWST"),
        ("NO 123 456 785 MVA", "NO", "NO123456785MVA"),
        # Nobody checks these.
        ("12-3456789", "US", "12-3456789"),
        ("  27aaaaa0000a1z5 ", "IN", "27AAAAA0000A1Z5"),
        ("", "DE", ""),
        (" - ", "DE", ""),
    ],
)
def test_ids_are_written_in_one_way(typed: str, country: str, kept: str) -> None:
    assert vat_id_of(typed, country) == kept


@pytest.mark.parametrize(
    ("typed", "country", "words"),
    [
        ("DE123456789", "DE", "check digit"),
        ("DE12345678", "DE", "DE and 9 digits"),
        ("DE12345678X", "DE", "no VAT id of Germany"),
        (GERMAN, "FR", "a VAT id of Germany, but the country is France"),
        (GREEK, "CY", "a VAT id of Greece"),
        (f"XI{BRITISH}", "IE", "a VAT id of United Kingdom"),
        (f"GB{BRITISH}", "DE", "a VAT id of United Kingdom"),
        ("EU123456789", "DE", "no VAT id of Germany"),
        (GERMAN, "CH", "no VAT id of Switzerland"),
        ("CHE123456788", "CH", "MWST, TVA, IVA or TPV"),
        ("123456785", "NO", "MVA"),
        ("a<b>", "US", "letters, digits"),
        ("1" * 21, "US", "at most 20"),
        ("12\r\nBcc: x", "US", "letters, digits"),
    ],
)
def test_what_cannot_be_an_id_is_refused_in_words(typed: str, country: str, words: str) -> None:
    with pytest.raises(VatIdRefused, match=words):
        vat_id_of(typed, country)


@given(typed=st.text(max_size=40), country=st.sampled_from(["", "ZZ", *countries.names()]))
def test_any_text_is_taken_or_refused_and_what_is_taken_is_plain_and_stays(typed: str, country: str) -> None:
    try:
        kept = vat_id_of(typed, country)
    except VatIdRefused:
        return

    assert len(kept) <= LONGEST
    assert kept.isascii()
    assert kept.isprintable()
    assert vat_id_of(kept, country) == kept


def test_countries_are_those_of_iso_3166_1_by_their_names() -> None:
    names = countries.names()

    assert len(names) == 249
    assert {"DE", "GR", "GB", "AX", "TW", "CI"} <= names.keys()
    assert not {"EU", "XK", "ZZ", "UN", "XA", "EL", "XI"} & names.keys()
    assert list(names.values())[:3] == ["Afghanistan", "Åland Islands", "Albania"]
