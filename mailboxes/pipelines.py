"""The pipeline of settled mail of settings.PIPELINES, imported once."""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from mailboxes.models import OutgoingMessage


def settled_handlers() -> tuple[Callable[[OutgoingMessage], None], ...]:
    """Return what an outgoing message goes through when deliveries of it were settled."""
    return _imported(tuple(settings.PIPELINES["settled"]))


@cache
def _imported(names: tuple[str, ...]) -> tuple[Callable[[OutgoingMessage], None], ...]:
    return tuple(import_string(name) for name in names)
