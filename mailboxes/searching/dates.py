"""Dates as people write them into a search: 2026-05-31, 2026-05, 2026, 7d, yesterday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Span:
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime


def span_of(text: str, *, now: datetime) -> Span | None:
    """Return the day, month or year that a text names, or the day so long ago, in UTC; None for anything else."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    word = text.strip().lower()
    if word in _DAYS_BACK:
        return _days(today, _DAYS_BACK[word])
    if ago := _AGO.fullmatch(word):
        return _days(today, int(ago["count"]) * _DAYS_IN[ago["unit"]])
    written = _WRITTEN.fullmatch(word)
    return _calendar(written) if written else None


def _days(today: datetime, count: int) -> Span | None:
    try:
        start = today - timedelta(days=count)
    except OverflowError:
        return None
    return Span(start, start + timedelta(days=1))


def _calendar(written: re.Match[str]) -> Span | None:
    year, month, day = (int(written[name]) if written[name] else None for name in ("year", "month", "day"))
    try:
        start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        if day is not None:
            return Span(start, start + timedelta(days=1))
        if month is not None:
            return Span(start, datetime(start.year + month // 12, month % 12 + 1, 1, tzinfo=UTC))
        return Span(start, datetime(start.year + 1, 1, 1, tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


_DAYS_BACK = {"today": 0, "yesterday": 1}
_DAYS_IN = {"d": 1, "w": 7, "m": 30, "y": 365}
_AGO = re.compile(r"(?P<count>[0-9]{1,4})(?P<unit>[dwmy])")
_WRITTEN = re.compile(r"(?P<year>[0-9]{4})(?:[-/](?P<month>[0-9]{1,2})(?:[-/](?P<day>[0-9]{1,2}))?)?")
