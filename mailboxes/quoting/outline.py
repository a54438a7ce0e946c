"""Which lines of a mail are quoted, which introduce a quotation, and where all the rest is one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailboxes.quoting.attributions import find_attribution
from mailboxes.quoting.languages import WROTE
from mailboxes.quoting.separators import Separator, find_separator
from mailboxes.quoting.words import alternation

# More is not looked through (SECURITY TC5).
MAX_SEARCHED = 64 * 1024
MAX_LINES = 4_000


@dataclass(frozen=True)
class Outline:
    """The lines of a text, and what they are.

    `is_attribution` is true only for lines that are quoted, too. From `end` on, all belongs to the quoted message,
    which `separator` announces if a separator does.
    """

    lines: list[str]
    is_quoted: list[bool]
    is_attribution: list[bool]
    end: int
    separator: Separator | None

    @property
    def has_quotation(self) -> bool:
        return self.end < len(self.lines) or any(self.is_quoted)


def searched_part(text: str) -> tuple[str, str]:
    """Return the part of a text that is looked through, and the rest."""
    searched = text[:MAX_SEARCHED]
    if searched.count("\n") >= MAX_LINES:
        *lines, _rest = searched.split("\n", MAX_LINES)
        searched = "\n".join(lines)
    return searched, text[len(searched) :]


def outline(
    lines: list[str], marked: Sequence[bool] = (), attributed: Sequence[bool] = (), cut: int | None = None
) -> Outline:
    """Look through the lines in linear time.

    What another source knows may be told: which lines are `marked` as quoted, which are `attributed` as attributions,
    and from which line on (`cut`) all is quoted.
    """
    is_quoted = _quoted_by_mark(lines)
    if marked:
        is_quoted = [by_mark or known for by_mark, known in zip(is_quoted, marked, strict=True)]
    is_attribution = list(attributed) if attributed else [False] * len(lines)
    last = len(lines) if cut is None else cut
    _bridge(lines, is_quoted)
    number = 0
    while number < last:
        if is_quoted[number] or not lines[number].strip():
            number += 1
            continue
        separator = find_separator(lines, number)
        if separator is not None:
            return Outline(lines, is_quoted, is_attribution, number, separator)
        length, is_hard = _attribution(lines, is_quoted, is_attribution, number)
        if is_hard:
            return Outline(lines, is_quoted, is_attribution, number, None)
        for attributing in range(number, number + length):
            is_quoted[attributing] = is_attribution[attributing] = True
        number += max(length, 1)
    return Outline(lines, is_quoted, is_attribution, last, Separator.ORIGINAL if last < len(lines) else None)


def _attribution(lines: list[str], is_quoted: list[bool], is_attribution: list[bool], number: int) -> tuple[int, bool]:
    """Return how many lines attribute the quotation below, and whether that has no marks and so no end."""
    if is_attribution[number]:
        length = 1
        while number + length < len(lines) and is_attribution[number + length] and lines[number + length].strip():
            length += 1
        return length, not _is_quoted_below(lines, is_quoted, number + length)
    attribution = find_attribution(lines, number)
    if attribution is None:
        return 0, False
    if _is_quoted_below(lines, is_quoted, number + attribution.length):
        return attribution.length, False
    return 0, attribution.is_sure


def _is_quoted_below(lines: list[str], is_quoted: list[bool], number: int) -> bool:
    # A few blank lines at most, so that many attributions cannot make this quadratic.
    for candidate in range(number, min(number + _MAX_BLANK, len(lines))):
        if lines[candidate].strip():
            return is_quoted[candidate]
    return False


def _quoted_by_mark(lines: list[str]) -> list[bool]:
    is_quoted: list[bool] = []
    previous = ""
    for line in lines:
        has_mark = _MARK.match(line) is not None
        if has_mark and is_quoted and not is_quoted[-1]:
            # An address that was wrapped before its closing bracket looks like a quoted line.
            has_mark = not (_OPEN_LINK.search(previous) or _END_OF_ATTRIBUTION.fullmatch(line.strip()))
        is_quoted.append(has_mark)
        previous = line[-_MAX_LINK:]
    return is_quoted


def _bridge(lines: list[str], is_quoted: list[bool]) -> None:
    """Count what a careless program wrapped out of a quoted line as quoted."""
    for number in range(1, len(lines) - 1):
        if is_quoted[number] or not is_quoted[number - 1] or not is_quoted[number + 1]:
            continue
        line, above = lines[number].strip(), lines[number - 1]
        if not line or len(line) > _MAX_LINK:
            continue
        is_link = _LONELY_LINK.fullmatch(line) is not None
        is_end_of_link = _OPEN_BRACKET.search(above[-_MAX_LINK:]) is not None and line.endswith((")", ">"))
        is_rest = len(above) >= _FULL_LINE and len(line) < _SHORT_REST and line[0].islower()
        is_quoted[number] = is_link or is_end_of_link or is_rest


_MAX_BLANK = 4
_MAX_LINK = 300
_FULL_LINE, _SHORT_REST = 58, 80
_MARK = re.compile(r"[ \t]{0,8}(?:>|&gt;)")
_OPEN_LINK = re.compile(r"<\s?(?:https?://|mailto:|[^<>\s@]{1,64}@)[^<>\s]*\s?\Z")
_END_OF_ATTRIBUTION = re.compile(rf">\s?(?:{alternation(WROTE)})?\s?[:：]", re.IGNORECASE)
_OPEN_BRACKET = re.compile(r"[(<]https?://[^<>()\s]*\s?\Z")
_LONELY_LINK = re.compile(r"[(<\[]?\s?https?://\S+?[)>\]]?[\s>]{0,6}")
