"""What every page shows around its content: where one is, what is new, and whether the servers work."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mailhub.shell.frame import Frame
from mailhub.tenancy.principal import Principal


def shell(request: HttpRequest) -> dict[str, Any]:
    """Add `shell` (a Frame, or None for signed-out pages) and `is_demonstration`. What is not used costs nothing."""
    principal = getattr(request, "principal", None)
    frame = SimpleLazyObject(lambda: _frame(request, principal)) if principal else None
    return {"shell": frame, "is_demonstration": settings.DEMO}


def _frame(request: HttpRequest, principal: Principal) -> Frame:
    """Return the frame, with what the page around which it is has read already."""
    unread, mailboxes = getattr(request, "counted_unread", None), getattr(request, "seen_mailboxes", None)
    return Frame(principal, unread=unread, mailboxes=mailboxes)
