"""Moments in words that are kept, such as those of the history: written in UTC, shown in the time of who reads them."""

import re
from datetime import UTC, datetime, tzinfo

from mailhub.lib import times


def kept(when: datetime) -> str:
    """Return a moment as it stands in words that are kept, for instance "3 Mar 2026, 09:12 UTC"."""
    return f"{when.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


def as_read_in(words: str, zone: tzinfo) -> str:
    """Return kept words with their moments in the time zone of the reader, as all other times of the page."""
    return _KEPT.sub(lambda found: _local(found[0], zone), words)


def _local(moment: str, zone: tzinfo) -> str:
    try:
        when = datetime.strptime(moment, "%d %b %Y, %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        # "31 Feb": it only looks like one, in what a person typed.
        return moment
    return times.exact(when, zone)


_KEPT = re.compile(r"\b\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC\b")
