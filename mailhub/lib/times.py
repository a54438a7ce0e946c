"""Times as people read them."""

from datetime import datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.template import Context
from django.utils import timezone

_MINUTE, _HOUR, _DAY, _MONTH = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30)
_REGIONS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


@cache
def zone_names() -> tuple[str, ...]:
    """Return the zones named by region and place, with UTC first; the database's other names are aliases of them."""
    return ("UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS))


def zone_in(context: Context) -> tzinfo:
    """Return the time zone of the person who looks at the page; the site's for signed-out pages."""
    principal = getattr(context.get("request"), "principal", None)
    return ZoneInfo(principal.user.time_zone) if principal else timezone.get_current_timezone()


def exact(when: datetime, zone: tzinfo) -> str:
    """Return for instance "Tue 3 Mar 2026, 09:12 CET"."""
    local = when.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M %Z}"


def clock_time(when: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Return for instance "09:12" for a time on the same day as `now`, and "Tue 3 Mar, 09:12" for any other."""
    local, today = when.astimezone(zone), now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%a} {local.day} {local:%b, %H:%M}"


def relative(when: datetime, *, now: datetime, zone: tzinfo, style: str = "long") -> str:
    """Return for instance "5 min ago", "in 3 h" or, from a month on, "3 Mar 2026"; "short" leaves out "ago" and "in".

    static/js/times.js says the same in the browser while a page stays open.
    """
    distance = abs(now - when)
    if distance < _MINUTE:
        if style == "short":
            return "now"
        return "in a moment" if when > now else "just now"
    if distance >= _MONTH:
        local = when.astimezone(zone)
        return f"{local.day} {local:%b %Y}"
    words = _length(distance)
    if style == "short":
        return words
    return f"in {words}" if when > now else f"{words} ago"


def _length(distance: timedelta) -> str:
    if distance < _HOUR:
        return f"{distance // _MINUTE} min"
    if distance < _DAY:
        return f"{distance // _HOUR} h"
    days = distance // _DAY
    return "1 day" if days == 1 else f"{days} days"
