"""Whom a note names."""

import pytest

from mailboxes.notes.mentions import handle_of, mentions_in
from mailhub.tenancy.models import Membership, User


def _person(name: str, email: str) -> Membership:
    return Membership(user=User(name=name, email=email))


MARA = _person("Mara Lind", "mara@acme.example")
TOM = _person("Tom Berg", "tom@acme.example")
OTHER_TOM = _person("Tom Wolff", "wolff@acme.example")
PEOPLE = [MARA, TOM, OTHER_TOM]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Mara Lind have a look", [MARA]),
        ("please, @mara lind!", [MARA]),
        ("(@Mara Lind)", [MARA]),
        ("@Mara", []),
        ("@mara@acme.example, please", [MARA]),
        ("@Tom Berg and @Tom Wolff and @Tom Berg", [TOM, OTHER_TOM]),
        ("@Marathon", []),
        ("write to mara@Mara.example", []),
        ("@ Mara", []),
        ("@", []),
        ("", []),
        ("ß @Mara Lind", [MARA]),
    ],
)
def test_who_is_named(text: str, named: list[Membership]) -> None:
    assert list(mentions_in(text, PEOPLE).people) == named


def test_a_name_that_two_people_share_names_neither_and_says_so() -> None:
    found = mentions_in("@Mara Lind, look", [MARA, _person("mara lind", "lind@acme.example")])

    assert (found.people, found.unknown) == ((), ("Mara",))


def test_half_a_name_names_nobody_in_the_place_of_somebody_else() -> None:
    found = mentions_in("@Tom Wolff, look", [MARA, TOM])

    assert (found.people, found.unknown) == ((), ("Tom",))


def test_who_has_the_name_of_another_is_named_by_their_address() -> None:
    twin = _person("Mara Lind", "lind@acme.example")

    assert handle_of(MARA, [MARA, TOM]) == "Mara Lind"
    assert handle_of(MARA, [MARA, twin]) == "mara@acme.example"
    assert list(mentions_in("@lind@acme.example", [MARA, twin]).people) == [twin]
