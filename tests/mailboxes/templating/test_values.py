"""What the fields of a template give in a letter (SPEC M27, SECURITY B080)."""

from datetime import date

import pytest

from mailboxes.addresses import Address
from mailboxes.templating import first_name, letter_values, name_of
from tests.factories import Cast, make_cast


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Nina Berg", "Nina"),
        ("Berg, Nina", "Nina"),
        ("Dr. Nina Berg (Acme)", "Nina"),
        ("Prof. Dr. Nina Berg", "Nina"),
        ("Berg, Dr. Nina", "Nina"),
        ("Nina Berg, Acme Ltd", "Nina"),
        ("Nina", "Nina"),
        ("'Nina' Berg", "Nina"),
        ("Jean-Luc Petit", "Jean-Luc"),
        ("田中太郎", "田中太郎"),
        ("Mr", ""),
        ("42", ""),
        ("", ""),
        (", ", ""),
    ],
)
def test_the_first_name_is_found_in_names_as_people_write_them(name: str, first: str) -> None:
    assert first_name(name) == first


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Nina Berg", "Nina Berg"),
        ("boss@corp.example", ""),
        ("Boss \uff20 corp", ""),
        ("", ""),
        ("Ni\r\nna\u202e", "Ni na"),
    ],
)
def test_b080_a_name_that_pretends_to_be_an_address_is_none(name: str, shown: str) -> None:
    assert name_of(Address(name, "evil@attacker.example")) == shown


@pytest.mark.django_db
def test_values_are_single_lines_of_plain_text() -> None:
    cast: Cast = make_cast()
    cast.owner.user.name = "Anna\r\nBcc: z@z.example"

    values = letter_values(
        cast.owner,
        cast.mailbox,
        address="support@acme.example",
        contact=Address("Nina Berg", "nina@customer.example"),
        subject="x" * 5000,
        today=date(2026, 5, 4),
    )

    assert all(type(value) is str and "\n" not in value and len(value) <= 500 for value in values.values())
    assert values["my_name"] == "Anna Bcc: z@z.example"
    assert (values["contact_first_name"], values["contact_address"]) == ("Nina", "nina@customer.example")
    assert (values["mailbox_name"], values["company_name"], values["date"]) == ("Support", "Acme", "4 May 2026")
