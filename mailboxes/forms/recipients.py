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
        for piece in pieces_of(text):
            address = read_piece(piece)
            if address is None:
                wrong.append(piece)
            else:
                found.setdefault(normalise(address.addr_spec), address)
        if wrong:
            raise ValidationError(_complaint(wrong))
        if self.required and not found:
            # Nothing but commas names nobody.
            raise ValidationError(self.error_messages["required"], code="required")
        return tuple(found.values())


def pieces_of(text: str) -> list[str]:
    """Return what commas, semicolons and line breaks separate, as it was typed."""
    return [piece for piece in (match.strip() for match in _PIECE.findall(text)) if piece]


def people_in(text: str) -> tuple[Address, ...]:
    """Return those who are named so far in a field that is being written; what is no address yet is left out."""
    return tuple(one for one in map(read_piece, pieces_of(text)) if one is not None)


def read_piece(piece: str) -> Address | None:
    """Return the one address that a piece is; None if it is none, or more than one."""
    # "Bcc: a@example.com" would be read as a group of that name, and "a@example.com b@example.com" as the second one,
    # called like the first.
    bare = _QUOTED.sub("", piece)
    if ":" in bare or ("<" not in bare and bare.count("@") > 1):
        return None
    found = parse_address_list(piece)
    # Reading glues what a comment kept apart: the address must stand there as it is read.
    if len(found) != 1 or found[0].addr_spec not in piece:
        return None
    try:
        return Address(found[0].display_name, valid_addr_spec(found[0].addr_spec))
    except InvalidAddress:
        return None


def _complaint(pieces: list[str]) -> str:
    shown = [f"“{piece}”" if len(piece) <= _MAX_SHOWN else f"“{piece[:_MAX_SHOWN]}…”" for piece in pieces[:_MOST_NAMED]]
    more = f" and {len(pieces) - len(shown)} more" if len(pieces) > len(shown) else ""
    verb = "is no address" if len(pieces) == 1 else "are no addresses"
    hint = "" if all("@" in piece for piece in pieces) else " A name with a comma needs quotation marks."
    return f"{', '.join(shown)}{more} {verb} that mail can be sent to.{hint}"


_MAX_SHOWN, _MOST_NAMED = 80, 5
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
# Commas, semicolons and line breaks separate, but not within quotation marks.
_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+"|[^,;\r\n])+')
