"""The field for recipients: nobody is left out unseen (SECURITY B048)."""

import pytest
from django.core.exceptions import ValidationError

from mailboxes.addresses import Address
from mailboxes.forms.recipients import RecipientsField


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nina@x.example", [Address("", "nina@x.example")]),
        (
            '"Berg, Nina" <nina@x.example>; b@x.example',
            [Address("Berg, Nina", "nina@x.example"), Address("", "b@x.example")],
        ),
        ('"boss@acme.example" <nina@x.example>', [Address("boss@acme.example", "nina@x.example")]),
        (
            "Zoë <zoe@x.example>,\n,  NINA@x.example, nina@X.example",
            [Address("Zoë", "zoe@x.example"), Address("", "NINA@x.example")],
        ),
        ("a@x.example,", [Address("", "a@x.example")]),
    ],
)
def test_addresses_are_read_with_their_names_and_each_one_once(text: str, expected: list[Address]) -> None:
    assert list(RecipientsField().clean(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "nobody",
        "Berg, Nina <nina@x.example>",
        "a@x.example b@x.example",
        "Team: a@x.example;",
        "<>",
        "a@b@x.example",
        "@",
    ],
)
def test_what_is_not_exactly_one_address_is_an_error(text: str) -> None:
    with pytest.raises(ValidationError, match="that mail can be sent to"):
        RecipientsField().clean(text)


def test_error_names_every_wrong_piece() -> None:
    with pytest.raises(ValidationError, match="“nobody”, “Anna” are no addresses"):
        RecipientsField().clean("nobody, nina@x.example, Anna")


@pytest.mark.parametrize("text", [", ,", ";", " \n,"])
def test_nothing_but_separators_names_nobody(text: str) -> None:
    with pytest.raises(ValidationError, match="required"):
        RecipientsField().clean(text)

    assert RecipientsField(required=False).clean(text) == ()
