"""Sizes as people write them: "10 MB"."""

import re


class InvalidSize(ValueError):
    """The text is no size."""


def parse_size(text: str) -> int:
    """Return the octets that "10 MB", "1.5 mb", "500KB" or "1048576" mean; raise InvalidSize.

    A KB is 1,024 octets, as in every size that is shown.
    """
    found = _SIZE.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidSize("Write a number with KB or MB, such as 10 MB.")
    octets = int(float(found["number"].replace(",", ".")) * _UNITS[found["unit"] or "b"])
    if not 0 < octets <= MAX_SIZE:
        raise InvalidSize("Write a size between 1 octet and 2 GB.")
    return octets


def size_words(octets: int) -> str:
    """Return the shortest text that `parse_size` reads as `octets`."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        for digits in (0, 1):
            number = round(octets / factor, digits)
            if number >= 1 and number * factor == octets:
                return f"{number:g} {unit}"
    return str(octets)


# What a column of the database holds.
MAX_SIZE = 2**31 - 1
_SIZE = re.compile(r"(?P<number>\d{1,12}(?:[.,]\d{1,3})?)\s{0,3}(?P<unit>b|kb|kib|mb|mib|gb|gib)?")
_UNITS = {"b": 1, "kb": 1024, "kib": 1024, "mb": 1024**2, "mib": 1024**2, "gb": 1024**3, "gib": 1024**3}
