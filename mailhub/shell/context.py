"""What every page shows around its content: where one is, what is new, and whether the servers work."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mailhub.shell.frame import Frame


def shell(request: HttpRequest) -> dict[str, Any]:
    """Add `shell` (a Frame, or None for signed-out pages) and `is_demonstration`. What is not used costs nothing."""
    principal = getattr(request, "principal", None)
    frame = (
        SimpleLazyObject(lambda: Frame(principal, unread=getattr(request, "counted_unread", None)))
        if principal
        else None
    )
    return {"shell": frame, "is_demonstration": settings.DEMO}
