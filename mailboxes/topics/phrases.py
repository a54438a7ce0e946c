"""Finds which of many phrases stands in a text, the first rule first. Pure (SPEC M22).

Each phrase costs a time that is linear in the length of the text, whatever is in it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mailboxes.folding import folded

# What a letter is about stands at its beginning.
MAX_TEXT = 20_000
MAX_SUBJECT = 1_000


@dataclass(frozen=True)
class PhraseRule:
    """Any of `phrases` in the subject, in the text, or in either."""

    phrases: Sequence[str]
    in_subject: bool = True
    in_text: bool = True


@dataclass(frozen=True)
class Found:
    """Which rule fits, by its number, and what stands where."""

    rule: int
    phrase: str
    is_in_subject: bool


class PhraseRules:
    """Rules in their order, compiled once for many texts."""

    def __init__(self, rules: Sequence[PhraseRule]) -> None:
        numbered = list(enumerate(rules))
        self._in_subject = _Phrases(
            (number, phrase) for number, rule in numbered if rule.in_subject for phrase in rule.phrases
        )
        self._in_text = _Phrases(
            (number, phrase) for number, rule in numbered if rule.in_text for phrase in rule.phrases
        )

    def find(self, subject: str, text: str) -> Found | None:
        """Return the first rule that fits; where its phrases stand twice, the subject counts before the text."""
        in_subject = self._in_subject.first_in(folded(subject[:MAX_SUBJECT]))
        if in_subject is not None and in_subject[0] == 0:
            return Found(*in_subject, is_in_subject=True)
        in_text = self._in_text.first_in(folded(text[:MAX_TEXT]))
        if in_subject is not None and (in_text is None or in_subject[0] <= in_text[0]):
            return Found(*in_subject, is_in_subject=True)
        return Found(*in_text, is_in_subject=False) if in_text is not None else None


class _Phrases:
    """Phrases with the numbers of their rules, in the order of the rules."""

    def __init__(self, phrases: Iterable[tuple[int, str]]) -> None:
        keyed = [(number, phrase, folded(phrase)) for number, phrase in phrases]
        self._phrases = sorted((one for one in keyed if one[2]), key=lambda one: one[0])

    def first_in(self, text: str) -> tuple[int, str] | None:
        """Return number and phrase of the lowest rule that stands anywhere in a folded text."""
        for number, phrase, key in self._phrases:
            # Most phrases are not there at all, which this tells in a hundredth of the time of an expression.
            if key in text and _whole(key).search(text):
                return number, phrase
        return None


@lru_cache(maxsize=4096)
def _whole(key: str) -> re.Pattern[str]:
    """Return what finds `key` where it is not a part of longer words."""
    return re.compile(f"{_boundary_before(key[0])}{re.escape(key)}{_boundary_behind(key[-1])}")


def _boundary_before(character: str) -> str:
    return f"(?<!{_WORD})" if _WORD_CHARACTER.match(character) else ""


def _boundary_behind(character: str) -> str:
    return f"(?!{_WORD})" if _WORD_CHARACTER.match(character) else ""


# Scripts that set no blanks between words: Thai, Lao, Burmese, Khmer, kana, Han; and Hangul, which sets them, but
# hangs its particles on the words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs of Indian scripts and Arabic belong to the word, although they are no letters.
_SIGNS = (
    "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0962\u0963"
    "\u0981-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd"
)
_WORD = f"(?:[^\\W{_UNSPACED}]|[{_SIGNS}])"
_WORD_CHARACTER = re.compile(_WORD)
