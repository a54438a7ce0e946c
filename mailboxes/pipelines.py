"""The pipelines of settings.PIPELINES, imported once."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from mailboxes.models import OutgoingMessage
from mailboxes.received import Next, Received


def received_handlers() -> tuple[Callable[[Received], Next], ...]:
    """Return what each received message goes through, in order."""
    return _imported(tuple(settings.PIPELINES["received"]))


def settled_handlers() -> tuple[Callable[[OutgoingMessage], None], ...]:
    """Return what an outgoing message goes through when deliveries of it were settled."""
    return _imported(tuple(settings.PIPELINES["settled"]))


@cache
def _imported(names: tuple[str, ...]) -> tuple[Callable[..., Any], ...]:
    return tuple(import_string(name) for name in names)
