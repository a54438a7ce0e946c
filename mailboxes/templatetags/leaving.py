"""Tags about what has not left yet."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mailboxes.reading import SentCard
from mailboxes.reading.departures import Departure, departure_of
from mailhub import clock

register = template.Library()

UNDO_KEY = "undo"


@register.simple_tag(takes_context=True)
def departure(context: Context, card: SentCard) -> Departure | None:
    """Return how a message of ours leaves, for who looks at it: `{% departure card as leaving %}`."""
    return departure_of(card, viewer=context["request"].principal.membership, now=clock.now())


@register.simple_tag
def countdown(seconds: float) -> SafeString:
    """Show how many seconds are left; static/js/undo.js counts on. Nobody has it read out each second."""
    left = max(seconds, 0.0)
    return format_html('<span data-countdown="{}">{} s</span>', f"{left:.1f}", max(round(left), 1))


@register.simple_tag(takes_context=True)
def undo_offer(context: Context) -> dict[str, Any] | None:
    """Return the sending that this person can still undo, on whatever page they are: its id and the seconds left."""
    request = context.get("request")
    if request is None or getattr(request, "principal", None) is None:
        return None
    offered = request.session.get(UNDO_KEY)
    if not isinstance(offered, dict):
        return None
    seconds = (datetime.fromisoformat(offered["until"]) - clock.now()).total_seconds()
    return {"id": offered["id"], "seconds": seconds} if seconds > 0 else None
