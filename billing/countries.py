"""Countries by their two letters (ISO 3166-1), with English names."""

import unicodedata
from functools import cache

from babel import Locale

# Two letters of the Unicode CLDR that ISO 3166-1 assigns to no country: unions, parts of countries, pseudo-regions.
_LETTERS = "AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ"
_NO_COUNTRIES = frozenset(_LETTERS.split())


@cache
def names() -> dict[str, str]:
    """Return the names of all countries by their letters, in alphabetical order: Åland stands among the A."""
    territories = Locale("en").territories
    found = {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    return dict(sorted(((code, name) for code, name in found.items() if code not in _NO_COUNTRIES), key=_by_name))


def name_of(code: str) -> str:
    """Return the name of a country; letters that are none's as they are."""
    return names().get(code, code)


def _by_name(item: tuple[str, str]) -> str:
    return unicodedata.normalize("NFKD", item[1]).encode("ascii", "ignore").decode().casefold()
