"""Dates as people write them into a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from mailboxes.classifying.automatic.words.calendar import MONTHS, WEEKDAYS
from mailboxes.classifying.folding import folded


class Order(Enum):
    """Which number of "08/25/2026" is the day; that of "08/03/2026" is open."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    OPEN = "open"


@dataclass(frozen=True)
class Mention:
    """A date at a place of a text: day and month, or only a weekday (Monday is 0).

    `order` is set where numbers are parted by a slash or a hyphen; where it is open, day and month are as if the day
    came first. `ends_range` is true of "August 3-14", whose day is the last.
    """

    start: int
    end: int
    day: int = 0
    month: int = 0
    year: int | None = None
    weekday: int | None = None
    order: Order | None = None
    ends_range: bool = False


def dates_in(text: str) -> Iterator[Mention]:
    """Yield the dates of a folded text in their order; a weekday is one only where no date follows it."""
    for match in _DATE.finditer(text):
        mention = _mention(match)
        if mention is not None:
            yield mention


def _mention(match: re.Match[str]) -> Mention | None:
    groups, (start, end) = match.groupdict(), match.span()
    if groups["weekday"]:
        return Mention(start, end, weekday=_WEEKDAY_NUMBERS[groups["weekday"]])
    if groups["slash_a"]:
        return _slashed(groups, start, end)
    day, month, year = _numbers(groups)
    if not (1 <= day <= _LAST_DAY and 1 <= month <= _LAST_MONTH):
        return None
    return Mention(start, end, day, month, year, ends_range=groups["day_last"] is not None)


def _slashed(groups: dict[str, str | None], start: int, end: int) -> Mention | None:
    first, second = int(groups["slash_a"] or 0), int(groups["slash_b"] or groups["dash_b"] or 0)
    if not (1 <= min(first, second) <= _LAST_MONTH and max(first, second) <= _LAST_DAY):
        return None
    year = _year(groups["slash_y"] or groups["dash_y"])
    if second > _LAST_MONTH:
        return Mention(start, end, second, first, year, order=Order.MONTH_FIRST)
    is_open = first <= _LAST_MONTH and first != second
    return Mention(start, end, first, second, year, order=Order.OPEN if is_open else Order.DAY_FIRST)


def _numbers(groups: dict[str, str | None]) -> tuple[int, int, int | None]:
    """Return day, month and year of whichever form matched."""
    for form in ("iso", "asian", "dotted", "spoken"):
        if groups[f"{form}_m"]:
            return int(groups[f"{form}_d"] or 0), int(groups[f"{form}_m"] or 0), _year(groups[f"{form}_y"])
    if groups["name_behind"]:
        return int(groups["day_before"] or 0), _MONTH_NUMBERS[groups["name_behind"]], _year(groups["name_behind_y"])
    day = groups["day_last"] or groups["day_behind"] or "0"
    return int(day), _MONTH_NUMBERS[groups["name_before"] or ""], _year(groups["name_before_y"])


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) + (_CENTURY if len(text) == _SHORT_YEAR else 0)


def _by_name(rows: tuple[str, ...]) -> dict[str, int]:
    return {name.rstrip("."): number for number, row in enumerate(rows) for name in folded(row).split()}


def _alternatives(names: dict[str, int]) -> str:
    """Return an expression for the names: those of four letters and more also stand for their cases."""
    # The longest first, so that "martedi" is not read as "mart".
    ordered = sorted(names, key=len, reverse=True)
    return "|".join(
        rf"{re.escape(name)}(?={_CASE}(?!{_LETTER}))" for name in ordered if len(name) > _SHORT_NAME
    ) + "".join(rf"|{re.escape(name)}(?!{_LETTER})" for name in ordered if len(name) <= _SHORT_NAME)


_LAST_DAY, _LAST_MONTH = 31, 12
_CENTURY, _SHORT_YEAR = 2000, 2
_SHORT_NAME = 3
_LETTER = r"[^\W\d_]"
_CASE = rf"{_LETTER}{{0,3}}"
_MONTH_NUMBERS = {name: number + 1 for name, number in _by_name(MONTHS).items()}
_WEEKDAY_NUMBERS = _by_name(WEEKDAYS)
MONTH = _alternatives(_MONTH_NUMBERS)
WEEKDAY = _alternatives(_WEEKDAY_NUMBERS)
_DATE = re.compile(
    rf"""
      (?<![\d./-])(?P<iso_y>20\d\d)\s?[-./年년]\s?(?P<iso_m>\d\d?)\s?[-./月월]\s?(?P<iso_d>\d\d?)(?!\d)\s?[日일]?
    | (?<!\d)(?:(?P<asian_y>20\d\d)[年년]\s?)?(?P<asian_m>\d\d?)\s?[月월]\s?(?P<asian_d>\d\d?)\s?[日号號일]
    | (?<![\d./:])(?P<dotted_d>\d\d?)\.\s?(?P<dotted_m>\d\d?)
      (?:\.\s?(?P<dotted_y>20\d\d|\d\d(?![\d:.]))|\.(?!\d)|(?=[\s,;)]|$))(?!\s?(?:uhr|h\b|am\b|pm\b))
    | (?<![\d./:-])(?!24/7)(?P<slash_a>\d\d?)(?:/(?P<slash_b>\d\d?)(?:/(?P<slash_y>20\d\d|\d\d))?(?![\d/:-])
      |-(?P<dash_b>\d\d?)-(?P<dash_y>20\d\d)(?!\d))
    | (?<!\d)(?P<spoken_d>\d\d?)\sthang\s(?P<spoken_m>\d\d?)(?:\snam\s(?P<spoken_y>20\d\d))?(?!\d)
    | (?<![\d./:,])(?P<day_before>\d\d?)(?:st|nd|rd|th|er|re|\.|o|a|e|-?го|de)?\s?-?(?:of\s|de\s|d'|del\s|ב-?)?
      (?P<name_behind>{MONTH}){_CASE}\.?(?:,?\s(?:de\s|del\s)?(?P<name_behind_y>20\d\d)(?!\d))?
    | \b(?P<name_before>{MONTH}){_CASE}\.?\s(?:the\s)?(?P<day_behind>\d\d?)(?:st|nd|rd|th|\.)?(?![\d:])
      (?:\s?(?:-|to|through|until)\s?(?P<day_last>\d\d?)(?:st|nd|rd|th)?(?![\d:]))?
      (?:,?\s(?P<name_before_y>20\d\d)(?!\d))?
    | \b(?P<weekday>{WEEKDAY}){_CASE}(?![,\s(]{{1,3}}(?:the\s|dem\s|den\s|le\s|el\s|il\s|dne\s|dnia\s)?(?:\d|{MONTH}))
    """,
    re.VERBOSE,
)
