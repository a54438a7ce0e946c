"""Who has to do something when a subscription changes: functions of upper floors, which settings name."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.utils.module_loading import import_string


def followers(names: Sequence[str]) -> tuple[Callable[..., Any], ...]:
    """Return the functions behind the names of a setting such as settings.PLAN_CHANGED, in its order.

    They are to be called in the transaction that makes the change. Raises ImportError; a system check looks earlier.
    """
    return _imported(tuple(names))


@cache
def _imported(names: tuple[str, ...]) -> tuple[Callable[..., Any], ...]:
    return tuple(import_string(name) for name in names)
