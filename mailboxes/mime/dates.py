"""The date of a mail in whatever form its sender wrote it (RFC 5322 §3.3, §4.3, and what clients write instead)."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta


def read_date(value: str) -> datetime | None:
    """Return the moment in UTC; None if it cannot be meant (SECURITY B053). A time without zone is taken as UTC."""
    text = value[:_MAX_LENGTH]
    if (usual := _USUAL.match(text)) is not None:
        day, month, year, hour, minute, second, zone = usual.groups()
        return _moment(
            (int(year), _MONTHS.get(month.lower(), 0), int(day)),
            (int(hour), int(minute), int(second or 0)),
            _numeric_offset(zone),
        )
    clock = _CLOCK.search(text)
    offset: timedelta | None
    if clock is None:
        date_text, time, offset = text, (0, 0, 0), timedelta(0)
    else:
        date_text, time = f"{text[: clock.start()]} {text[clock.end() :]}".partition("(")[0], _time_of_day(clock)
        offset = _offset(text[clock.end() :])
    return next((_moment(date, time, offset) for date in _dates(date_text)), None)


def _time_of_day(clock: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    half = (clock[4] or "").lower()
    if half.startswith("p") and hour < _NOON:
        hour += _NOON
    elif half.startswith("a") and hour == _NOON:
        hour = 0
    return hour, minute, second


def _dates(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield year, month and day in the ways in which `text` can be read, the likely ones first."""
    if found := _ISO_DATE.search(text) or _EAST_ASIAN_DATE.search(text):
        yield int(found[1]), int(found[2]), int(found[3])
    elif month := _month_in(text):
        # Only what stands beside the month is day and year: zones are numbers, too.
        numbers = [number for number in _NUMBER.findall(_ZONE_NUMBER.sub(" ", text)) if len(number) <= _YEAR_DIGITS]
        if len(numbers) > 1:
            first, second = numbers[:2]
            is_year_first = len(first) == _YEAR_DIGITS
            yield (int(first), month, int(second)) if is_year_first else (_full_year(second), month, int(first))
    elif found := _NUMERIC_DATE.search(text):
        one, other, year = int(found[1]), int(found[3]), _full_year(found[4])
        is_month_first = found[2] == "/" and one <= _DECEMBER
        yield (year, one, other) if is_month_first and other > _DECEMBER else (year, other, one)


def _month_in(text: str) -> int:
    """Return the month that a word names in one of the languages that clients write, else 0.

    The last one counts: days of the week come first, and `mar.` is one of them.
    """
    for word in reversed(_WORD.findall(text)):
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", word.lower()) if not _is_accent(letter))
        for length in (len(plain), 4, 3):
            if length <= len(plain) and plain[:length] in _MONTHS:
                return _MONTHS[plain[:length]]
    return 0


def _is_accent(letter: str) -> bool:
    return unicodedata.combining(letter) > 0


def _full_year(digits: str) -> int:
    """Return the year that is meant by two or three digits (RFC 5322 §4.3)."""
    year = int(digits)
    if len(digits) == _YEAR_DIGITS:
        return year
    return year + (2000 if year < _CENTURY_TURN else 1900)


def _offset(text: str) -> timedelta | None:
    """Return how far the zone behind the time is ahead of UTC; None for one that is out of reason."""
    if found := _NUMERIC_ZONE.search(text):
        return _numeric_offset(found[1])
    if found := _HOUR_ZONE.search(text):
        return timedelta(hours=int(found[1]))
    for word in _WORD.findall(text):
        if word.lower() in _ZONES:
            return timedelta(hours=_ZONES[word.lower()])
    return timedelta(0)


def _numeric_offset(zone: str) -> timedelta | None:
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset >= timedelta(days=1):
        return None
    return -offset if zone[0] == "-" else offset


def _moment(date: tuple[int, int, int], time: tuple[int, int, int], offset: timedelta | None) -> datetime | None:
    if offset is None or not _FIRST_YEAR <= date[0] <= _LAST_YEAR:
        return None
    hour, minute, second = time
    try:
        # A leap second is not in Python's calendar.
        return datetime(*date, hour, minute, min(second, 59), tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None


_MAX_LENGTH = 200
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
_NOON = _DECEMBER = 12
_YEAR_DIGITS = 4
_CENTURY_TURN = 50
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{3},)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+([+-]\d{4})(?!\d)"
)
_CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})[:h](\d{2})(?:[:.](\d{2}))?(?:[.,]\d{1,9})?(?!\d)\s{0,3}([ap]\.?m\b\.?)?",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_EAST_ASIAN_DATE = re.compile(r"(?<!\d)(\d{4})\s{0,3}[年년]\s{0,3}(\d{1,2})\s{0,3}[月월]\s{0,3}(\d{1,2})\s{0,3}[日일]")
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_NUMBER = re.compile(r"(?<![\d+])\d+(?!\d)")
_WORD = re.compile(r"[^\W\d_]{1,20}")
_ZONE_NUMBER = re.compile(r"(?<!\w)[+-]\d{2}:?\d{2}(?!\d)|(?:GMT|UTC)\s{0,2}[+-]\d{1,2}(?!\d)|\(.*", re.IGNORECASE)
_NUMERIC_ZONE = re.compile(r"(?<![\d-])([+-]\d{2}:?\d{2})(?!\d|-\d)")
_HOUR_ZONE = re.compile(r"(?:GMT|UTC|UT|Z)?\s{0,2}([+-]\d{1,2})(?![\d-])", re.IGNORECASE)
# RFC 5322 §4.3 and the summer times of Europe; a military letter says nothing certain, so it is UTC.
_ZONES: dict[str, float] = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "ist": 5.5, "cet": 1, "met": 1, "mez": 1,
    "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "ast": -4, "nst": -3.5, "akst": -9, "akdt": -8, "hst": -10, "brt": -3,
}  # fmt: skip
# Without accents; longer names are found by their first three or four letters.
_NAMES_OF_MONTHS = (
    "jan ene gen янв sty led tam oca ιαν",
    "feb fev fevr fév лют фев lut uno subat helm φεβ",
    "mar mrt mär мар mrz bre brez maa maal mac μαρ",
    "apr avr abr апр kwi dub huh nis απρ",
    "may mai maj mei mag май мая kve tou μαι μαϊ",
    "jun juin giu июн cze cerv kes haz ιουν",
    "jul juil lug июл lip cervenec hei tem ιουλ",
    "aug aou aout ago авг sie srp elo αυγ",
    "sep set сен wrz zar syy eyl σεπ",
    "oct okt ott out окт paz rij lok eki οκτ",
    "nov ноя lis mar marraskuu νοε",
    "dec dez dic des déc дек gru pro jou ara δεκ",
)
_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(_NAMES_OF_MONTHS, start=1):
    for _name in _names.split():
        _MONTHS.setdefault(_name, _number)
