"""The present. Flows take time as an argument; only their outermost callers (tasks, views) ask this clock."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present as an aware datetime in UTC."""
    return datetime.now(UTC)
