"""Words as rules of people compare them: without case, the width of letters, and the typography of programs.

Accents count, because people who type a rule mean them.
"""

import re
import unicodedata


def folded(text: str) -> str:
    """Return `text` as one line in which equal words are equal characters (NFKC, full case folding, UAX #15, #31)."""
    if not text.isascii():
        text = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).casefold()
        # Folding may take a composed letter apart.
        text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    else:
        text = text.lower()
    return " ".join(text.split())


# What nobody sees: soft hyphens, joiners, and marks of direction.
_IGNORED = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_PLAIN = str.maketrans(dict.fromkeys("‘’ʼ´`", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑‒–—―−", "-"))
