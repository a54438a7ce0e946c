"""Marks in a text what was searched for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mailboxes.searching.queries import SearchRefused, parse
from mailboxes.searching.words import fold
from mailhub import clock


def pieces_of(text: str, asked: str) -> Iterator[tuple[str, bool]]:
    """Yield a text in pieces, each with whether the search `asked` is for it."""
    exact, beginnings = _wanted(asked)
    at = 0
    for match in _WORD.finditer(text) if exact or beginnings else ():
        folded = fold(match[0])
        if folded in exact or folded.startswith(beginnings):
            yield text[at : match.start()], False
            yield match[0], True
            at = match.end()
    yield text[at:], False


@lru_cache(maxsize=256)
def _wanted(asked: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the words to mark, and beginnings of words."""
    try:
        terms = parse(asked, now=clock.now()).asked_terms
    except SearchRefused:
        return frozenset(), ()
    beginnings = {term.words[-1] for term in terms if term.is_beginning}
    # Of scripts without spaces what was asked for is in pairs, which begin no word of theirs.
    return frozenset(word for term in terms for word in term.words), tuple(sorted(beginnings))


_WORD = re.compile(r"[^\W_]+")
