"""A form field for the recipients of a mail."""

import re

from django import forms
from django.core.exceptions import ValidationError

from mailboxes.addresses import Address, InvalidAddress, normalise, parse_address_list, valid_addr_spec


class RecipientsField(forms.CharField):
    """A list of addresses with or without names; it cleans to a tuple of Address, each one once.

    Reading received mail leaves out what is no address; here nobody may be left out unseen, so any piece that is not
    exactly one address is an error that names it (SECURITY B048).
    """

    widget = forms.TextInput

    def clean(self, value: object) -> tuple[Address, ...]:
        text = super().clean(value) or ""
        found: dict[str, Address] = {}
        wrong: list[str] = []
        for piece in _pieces(text):
            address = _read(piece)
            if address is None:
                wrong.append(piece)
            else:
                found.setdefault(normalise(address.addr_spec), address)
        if wrong:
            raise ValidationError([_complaint(piece) for piece in wrong[:5]])
        return tuple(found.values())


def _pieces(text: str) -> list[str]:
    return [piece for piece in (match.strip() for match in _PIECE.findall(text)) if piece]


def _read(piece: str) -> Address | None:
    found = parse_address_list(piece)
    # Reading glues what a comment kept apart: the address must stand there as it is read.
    if len(found) != 1 or found[0].addr_spec not in piece:
        return None
    try:
        return Address(found[0].display_name, valid_addr_spec(found[0].addr_spec))
    except InvalidAddress:
        return None


def _complaint(piece: str) -> str:
    shown = piece if len(piece) <= 80 else f"{piece[:79]}…"
    if "@" not in piece:
        return f"“{shown}” is not an e-mail address. A name with a comma needs quotation marks."
    return f"“{shown}” is not an address that mail can be sent to."


# Commas, semicolons and line breaks separate, but not within quotation marks.
_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^,;\r\n])+')
