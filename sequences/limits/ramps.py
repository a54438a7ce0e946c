"""The limit of a day, also while a new server is ramped up. Pure."""

from datetime import date

from sequences.models import SendingLimit


def day_limit(limit: SendingLimit, on: date) -> int | None:
    """Return how many mails may leave on that day; None for any number.

    A ramp-up begins with `ramp_from` on its first day, and holds that number before; each day `ramp_by` more may
    leave, until `per_day` is reached.
    """
    if limit.ramp_starts_on is None:
        return limit.per_day
    days = max(0, (on - limit.ramp_starts_on).days)
    ramped = limit.ramp_from + limit.ramp_by * days
    return ramped if limit.per_day is None else min(ramped, limit.per_day)


def is_ramping(limit: SendingLimit, on: date) -> bool:
    """Whether the ramp-up is what keeps that day's limit low."""
    return limit.ramp_starts_on is not None and day_limit(limit, on) != limit.per_day
