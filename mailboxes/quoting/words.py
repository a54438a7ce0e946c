"""How words are compared: without direction marks, marks of emphasis, and doubled spaces."""

import re
from collections.abc import Iterable


def bare(line: str) -> str:
    """Return the line without invisible characters, and with single spaces."""
    return " ".join(_INVISIBLE.sub("", line).split())


def alternation(words: Iterable[str]) -> str:
    """Return the words as a part of a regular expression, longer ones first, with any space between their words."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
