"""Whether a letter is the one that was sent already, although the signature was changed in between."""

from dataclasses import replace
from itertools import starmap

from mailboxes.composing import Composition, compose, content_of
from mailboxes.writing.replying import with_quote
from mailboxes.writing.signatures import is_signature

_Part = tuple[str, str | None, object]


def is_repeated(
    stored: bytes, composition: Composition, *, text: str, html: str, quote: str, quote_html: str = ""
) -> bool:
    """Whether what was `stored` is `composition`, or the same letter with other signatures.

    The letter is what was typed (`text`, `html`), what it quotes, and the attachments of the composition.
    """
    found = content_of(stored)
    if content_of(compose(composition)) == found:
        return True
    if not html:
        # A person can type what looks like a signature; only in HTML nobody can.
        return False
    typed = content_of(compose(replace(composition, text=text, html=html)))
    quoted_text, quoted_html = with_quote(text, html, quote, quote_html) if quote else (text, html)
    quoted = content_of(compose(replace(composition, text=quoted_text, html=quoted_html)))
    if len(found) != len(typed):
        return False
    return all(starmap(_has_only_another_signature, zip(found, typed, quoted, strict=True)))


def _has_only_another_signature(found: _Part, typed: _Part, quoted: _Part) -> bool:
    """Whether a part is what was typed, at most a signature, and what was quoted."""
    if found == quoted:
        return True
    if found[:2] != quoted[:2]:
        return False
    stored, beginning, whole = (_lines(part) for part in (found, typed, quoted))
    end = whole.removeprefix(beginning)
    if len(stored) < len(beginning) + len(end) or not (stored.startswith(beginning) and stored.endswith(end)):
        return False
    return is_signature(stored[len(beginning) : len(stored) - len(end)], content_type=found[0])


def _lines(part: _Part) -> str:
    content = part[2]
    return content.decode("utf-8", "replace").rstrip() if isinstance(content, bytes) else ""
