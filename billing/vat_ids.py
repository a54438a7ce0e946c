"""VAT ids: whether one can be of a country, and how it is written on documents. Nobody is asked whether it is in use.

In the Union an id begins with the letters of its member state (Directive 2006/112/EC, article 215), which are those of
ISO 3166-1 but for Greece (EL). Those of Northern Ireland (XI) hold for goods alone: for services such an id is one of
the United Kingdom, and fits no member state.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.util import clean

from billing import countries
from billing.reckoning.tax import EU

# What people may type, and what documents have.
LONGEST_TYPED = 40
LONGEST = 20


class VatIdRefused(ValueError):
    """A text is no VAT id of a country; the words are for who typed it."""


def vat_id_of(typed: str, country: str) -> str:
    """Return the id as documents have it, with the letters of its country; "" for nothing.

    `country` is two letters of ISO 3166-1. With its letters or without, with spaces, dots and hyphens: all is taken.
    For a country whose ids are not checked it is kept as it was typed. Raises VatIdRefused.
    """
    number = clean(typed, " -./,:").upper().strip()
    if not number:
        return ""
    scheme = _SCHEMES.get(country)
    if scheme is None:
        return _as_typed(typed)
    other = _country_in(number)
    if country in EU and other not in (None, country):
        words = (
            f"This is a VAT id of {countries.name_of(other or '')}, but the country is {countries.name_of(country)}."
        )
        raise VatIdRefused(words)
    try:
        found = scheme.validated(number)
    except InvalidChecksum as error:
        raise VatIdRefused("The check digit does not fit: one of the characters was mistyped.") from error
    except ValidationError as error:
        words = f"This is no VAT id of {countries.name_of(country)}. One is {scheme.letters}{scheme.form}."
        raise VatIdRefused(words) from error
    letters = _NORTHERN_IRELAND if country == "GB" and number.startswith(_NORTHERN_IRELAND) else scheme.letters
    return f"{letters}{found.removeprefix(letters)}"


@dataclass(frozen=True)
class _Scheme:
    """How the ids of a country are written: the letters before the number, and what that is made of, in words."""

    letters: str
    form: str
    # Whose module of stdnum knows the number.
    known_as: str

    def validated(self, number: str) -> str:
        """Return the number without what only separates; raises ValidationError of stdnum."""
        module: Any = get_cc_module(self.known_as, "vat")
        found: str = module.validate(number)
        return found


def _country_in(number: str) -> str | None:
    """Return the country whose letters an id begins with, where it is an id of that country."""
    country = _OTHER_LETTERS.get(number[:2], number[:2])
    scheme = _SCHEMES.get(country)
    if scheme is None:
        return None
    try:
        scheme.validated(number)
    except ValidationError:
        return None
    return country


def _as_typed(typed: str) -> str:
    text = " ".join(typed.split()).upper()
    if len(text) > LONGEST or not _PLAIN.fullmatch(text):
        raise VatIdRefused(f"Type letters, digits, dots and hyphens, at most {LONGEST} of them.")
    return text


_PLAIN = re.compile(r"[A-Z0-9][A-Z0-9 ./-]*")
_NORTHERN_IRELAND = "XI"
_OTHER_LETTERS = {"EL": "GR", _NORTHERN_IRELAND: "GB"}

# Number formats of the member states, as the Commission publishes them for VIES.
_FORMS = {
    "AT": "U and 8 digits",
    "BE": " and 10 digits",
    "BG": " and 9 or 10 digits",
    "CY": " with 8 digits and a letter",
    "CZ": " and 8 to 10 digits",
    "DE": " and 9 digits",
    "DK": " and 8 digits",
    "EE": " and 9 digits",
    "ES": " and 9 characters, the first or the last a letter",
    "FI": " and 8 digits",
    "FR": " with 2 characters and 9 digits",
    "GR": " and 9 digits",
    "HR": " and 11 digits",
    "HU": " and 8 digits",
    "IE": " with 7 digits and 1 or 2 letters",
    "IT": " and 11 digits",
    "LT": " and 9 or 12 digits",
    "LU": " and 8 digits",
    "LV": " and 11 digits",
    "MT": " and 8 digits",
    "NL": " with 9 digits, B and 2 digits",
    "PL": " and 10 digits",
    "PT": " and 9 digits",
    "RO": " and 2 to 10 digits",
    "SE": " and 12 digits",
    "SI": " and 8 digits",
    "SK": " and 10 digits",
}
_SCHEMES = {
    **{code: _Scheme("EL" if code == "GR" else code, form, code.lower()) for code, form in _FORMS.items()},
    "CH": _Scheme("", "CHE with 9 digits and MWST, TVA, IVA or TPV", "ch"),
    "GB": _Scheme("GB", " and 9 or 12 digits", "gb"),
    "NO": _Scheme("NO", " with 9 digits and MVA", "no"),
    # They have the ids of their neighbours.
    "IM": _Scheme("GB", " and 9 or 12 digits", "gb"),
    "MC": _Scheme("FR", " with 2 characters and 9 digits", "mc"),
}
