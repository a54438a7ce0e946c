"""Words of a text as search compares them: the same for what is searched and for what is asked, on every database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# What is indexed of one field of a message. Nobody looks for the twenty-thousandth word of a report.
MAX_CHARACTERS = 256 * 1024
MAX_WORDS = 20_000
MAX_ADDRESSES = 2_000
LONGEST_WORD = 64
_PIECE = 16 * 1024


@dataclass(frozen=True)
class Words:
    """Normalised words in their order, and the addresses among them as a whole."""

    sequence: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def words_of(text: str) -> Words:
    """Return what is indexed of a text, in time that grows with its length only.

    Compatible forms are one (NFKC), case and accents do not count. Scripts without spaces are taken in pairs of
    characters. Of an address its parts are words too.
    """
    folded = _fold_long(text[:MAX_CHARACTERS])
    sequence = _words(folded, is_asked=False)
    return Words(tuple(sequence), tuple(dict.fromkeys(_addresses(folded))))


def asked_words(text: str) -> tuple[str, ...]:
    """Return the words of what a person asks for: they stand one after the other in a text that contains it."""
    return tuple(_words(fold(text), is_asked=True))


def asked_address(text: str) -> str | None:
    """Return the address that `text` is, as it is indexed; None when it is something else."""
    folded = fold(text.strip()).rstrip(_NO_END)
    return folded if _ADDRESS.fullmatch(folded) else None


def fold(text: str) -> str:
    """Return a text without case, accents, and differences of form."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed)).casefold().translate(_LETTERS)


def _fold_long(text: str) -> str:
    if text.isascii():
        return text.lower()
    pieces: list[str] = []
    room = MAX_CHARACTERS
    # Piece by piece, because there are characters that become eighteen.
    for start in range(0, len(text), _PIECE):
        pieces.append(fold(text[start : start + _PIECE])[:room])
        room -= len(pieces[-1])
        if room <= 0:
            break
    return "".join(pieces)


def _words(folded: str, *, is_asked: bool) -> list[str]:
    if folded.isascii():
        return _cut(_ASCII_WORD.findall(folded))
    if not _UNSPACED.search(folded):
        return _cut(_WORD.findall(folded))
    found: list[str] = []
    for match in _WORD.finditer(folded):
        found += _pieces(match[0], is_asked=is_asked)
        if len(found) >= MAX_WORDS:
            break
    return found[:MAX_WORDS]


def _cut(found: list[str]) -> list[str]:
    del found[MAX_WORDS:]
    if max(map(len, found), default=0) <= LONGEST_WORD:
        return found
    return [word[:LONGEST_WORD] for word in found]


def _pieces(word: str, *, is_asked: bool) -> Iterator[str]:
    """Yield the pairs of characters of a text without spaces, and the words of other scripts in it."""
    for run in _RUN.finditer(word[:MAX_WORDS]):
        piece = run[0]
        if not run["unspaced"]:
            yield piece[:LONGEST_WORD]
            continue
        yield from (piece[at : at + 2] for at in range(len(piece) - 1))
        if not is_asked or len(piece) == 1:
            # The last character alone, so that it is found too by who asks for one character.
            yield piece[-1]


def _addresses(folded: str) -> Iterator[str]:
    if "@" not in folded:
        return
    for count, match in enumerate(_ADDRESS.finditer(folded)):
        if count >= MAX_ADDRESSES:
            return
        yield match[0].rstrip(_NO_END)


# Marks that many scripts put on letters; those of Indic and other scripts are part of the word.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c7\u064b-\u065f\u0670\u200b-\u200f\u00ad\ufeff]+"
)
# Letters with a stroke, and ligatures, are no letters with an accent to Unicode.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_ASCII_WORD = re.compile("[a-z0-9]+")
_WORD = re.compile(r"(?:[^\W_]|[\u0900-\u0963\u0966-\u109f\u1780-\u17d3])+")
_WITHOUT_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_WITHOUT_SPACES}]")
_RUN = re.compile(f"(?P<unspaced>[{_WITHOUT_SPACES}]+)|[^{_WITHOUT_SPACES}]+")
# Possessive, and bounded on both sides of the sign: a text of signs and dots costs no more than its length.
_ADDRESS = re.compile(r"[^\W_][\w.+%-]{0,63}+@[^\W_][\w.-]{0,252}+")
# What may follow an address in a sentence.
_NO_END = ".-_"
