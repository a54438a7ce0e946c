"""Words as they are compared: without case, accents, or the typography of the program that wrote them."""

import re
import unicodedata


def folded(text: str) -> str:
    """Return `text` in lower case, without accents and full-width forms: "Réponse：" becomes "reponse:"."""
    if text.isascii():
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)


def pattern(*words: str, unspaced: tuple[str, ...] = ()) -> re.Pattern[str]:
    """Return a pattern that finds any of `words` (regular expressions) at the beginning of a word of a folded text.

    `unspaced` are those of languages that set no blanks between words. Neither may hold an escape in upper case,
    which folding would turn into its opposite.
    """
    sources = [rf"\b(?:{'|'.join(map(folded, words))})"] if words else []
    return re.compile("|".join([*sources, *map(folded, unspaced)]))


# Accents, vowel points of Hebrew and Arabic, and the voicing marks of Japanese, once they are letters of their own.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0640\u064b-\u065f\u0670\u200b-\u200f\u3099\u309a\ufeff]+"
)
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"}
    | dict.fromkeys("‘’ʼ´`", "'")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
)
