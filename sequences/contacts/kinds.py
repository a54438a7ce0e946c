"""Values of an account's own fields: read as people write them, kept in one form."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from sequences.models import ContactField

MAX_VALUE = 500


class UnfitValue(ValueError):
    """The text does not fit the kind of its field; the words say how to write it."""


def read_value(kind: str, text: str) -> str:
    """Return a value as it is kept: numbers as `-1234.5`, dates in ISO form; raise UnfitValue. "" stays ""."""
    return _READERS[ContactField.Kind(kind)](text) if text else ""


def written_value(kind: str, value: str) -> str:
    """Return a kept value as a template says it: a date is "4 May 2026"."""
    if kind != ContactField.Kind.DATE or not value:
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        # It was written before the field became one of dates.
        return value
    return f"{day.day} {day:%B %Y}"


def _text(text: str) -> str:
    if len(text) > MAX_VALUE:
        raise UnfitValue(f"is longer than {MAX_VALUE} characters. Shorten it.")
    return text


def _number(text: str) -> str:
    bare = _SPACES.sub("", text).replace("\N{MINUS SIGN}", "-")
    if _AMBIGUOUS.fullmatch(bare):
        raise UnfitValue(
            f"“{text}” can be read in two ways. Write {bare.replace(',', '')} or {bare.replace(',', '.')}."
        )
    for pattern, thousands, point in _NUMBERS:
        if pattern.fullmatch(bare):
            return _plain(Decimal(bare.replace(thousands, "").replace(point, ".")))
    raise UnfitValue(f"“{text[:40]}” is no number. Write it like 1234.5, without a unit.")


def _plain(number: Decimal) -> str:
    written = f"{number:f}"
    return (written.rstrip("0").rstrip(".") if "." in written else written) if number else "0"


def _date(text: str) -> str:
    bare = _TIME_OF_DAY.sub("", " ".join(text.replace(",", " ").split()))
    slashed = _SLASHED.fullmatch(bare)
    if slashed:
        return _with_slashes(text, *map(int, slashed.groups()))
    for form in _DATES:
        try:
            found = datetime.strptime(bare, form)  # noqa: DTZ007 - a day has no zone.
        except ValueError:
            continue
        return _kept(text, found.date())
    raise UnfitValue(f"“{text[:40]}” is no date. Write it like 2026-05-31.")


def _with_slashes(text: str, first: int, second: int, year: int) -> str:
    """Read 31/5/2026 and 5/31/2026; refuse what may be either."""
    readings = set()
    for month, day in ((first, second), (second, first)):
        try:
            readings.add(date(year, month, day))
        except ValueError:
            continue
    if not readings:
        raise UnfitValue(f"“{text[:40]}” is no day of the calendar. Write it like 2026-05-31.")
    if len(readings) > 1:
        either = " or ".join(one.isoformat() for one in sorted(readings))
        raise UnfitValue(f"“{text[:40]}” can be read in two ways. Write {either}.")
    return _kept(text, readings.pop())


def _kept(text: str, day: date) -> str:
    if day.year < _FIRST_YEAR:
        raise UnfitValue(f"“{text[:40]}” is before the year {_FIRST_YEAR}. Write the year with four digits.")
    return day.isoformat()


_FIRST_YEAR = 1800
_READERS: dict[str, Callable[[str], str]] = {
    ContactField.Kind.TEXT: _text,
    ContactField.Kind.NUMBER: _number,
    ContactField.Kind.DATE: _date,
}
_SPACES = re.compile(r"[\s'’\u00a0\u202f]+")
# A thousand and a bit to some, one and a bit to others.
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_NUMBERS = (
    (re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?", re.ASCII), ",", "."),
    (re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3}){1,5}(\.\d{1,12})?", re.ASCII), ",", "."),
    (re.compile(r"[+-]?\d{1,18},\d{1,12}", re.ASCII), ".", ","),
    (re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3}){1,5},\d{1,12}", re.ASCII), ".", ","),
    (re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3}){2,5}", re.ASCII), ".", ","),
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
# Tables write dates with midnight behind them.
_TIME_OF_DAY = re.compile(r"(?<=\d)(?:T|\s)\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?\Z")
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%B-%Y",
    "%B %d %Y",
    "%b %d %Y",
)
