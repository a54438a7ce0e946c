"""The limit of a day, also while a new server is ramped up. Pure."""

from datetime import date, timedelta

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


def ramp_days(limit: SendingLimit, *, most: int) -> list[tuple[date, int]]:
    """Return the days of a ramp-up and what may leave on each, up to the first on which the whole limit may.

    None without a ramp-up; not more than `most` days.
    """
    if limit.ramp_starts_on is None:
        return []
    days: list[tuple[date, int]] = []
    for number in range(most):
        on = limit.ramp_starts_on + timedelta(days=number)
        allowed = day_limit(limit, on)
        assert allowed is not None  # It is ramped.
        days.append((on, allowed))
        if allowed == limit.per_day:
            break
    return days


def full_on(limit: SendingLimit) -> date | None:
    """Return the first day of a ramp-up on which the whole limit may leave; None if none is, or there is no limit."""
    if limit.ramp_starts_on is None or limit.per_day is None:
        return None
    missing = limit.per_day - limit.ramp_from
    if missing <= 0:
        return limit.ramp_starts_on
    days = -(-missing // limit.ramp_by) if limit.ramp_by else None
    latest = (date.max - limit.ramp_starts_on).days
    return limit.ramp_starts_on + timedelta(days=days) if days is not None and days <= latest else None
