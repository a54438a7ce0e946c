"""Initials in a colour, for people who have no picture."""

import unicodedata
import zlib
from dataclasses import dataclass

HUES = 8


@dataclass(frozen=True)
class Avatar:
    initials: str
    hue: int


def avatar_of(name: str, address: str = "") -> Avatar:
    """Return one or two initials and a hue that depends on the address (or the name, if there is none) only."""
    words = (name or address.partition("@")[0].replace(".", " ")).split()
    letters = [first for first in map(_first_letter, words) if first]
    initials = letters[0] + letters[-1] if len(letters) > 1 else "".join(letters)
    identity = (address or name).strip().lower()
    return Avatar(initials=initials or "?", hue=zlib.crc32(identity.encode("utf-8", "replace")) % HUES)


def _first_letter(word: str) -> str:
    letters = (character for character in word if unicodedata.category(character)[0] in "LN")
    return next(letters, "").upper()[:1]
