"""Until when an answer is due, as a pill (SPEC Q5)."""

from datetime import timedelta

from django import template
from django.template import Context

from mailboxes.models import Conversation
from mailboxes.queue.targets import WAITING
from mailhub import clock
from mailhub.lib import times

register = template.Library()

# So near it is worth a colour.
_SOON = timedelta(hours=1)


@register.inclusion_tag("mailboxes/_due.html", takes_context=True)
def due(context: Context, conversation: Conversation) -> dict[str, str]:
    """Show "due in 2 h" or "overdue by 1 h", with the exact time on hover; nothing where no answer is due."""
    due_at = conversation.reply_due_at
    if due_at is None or conversation.status not in WAITING:
        return {}
    now, zone = clock.now(), times.zone_in(context)
    title = f"An answer is due until {times.exact(due_at, zone)}"
    distance = times.relative(due_at, now=now, zone=zone, style="short")
    if due_at <= now:
        word = "overdue" if distance == "now" else f"overdue by {distance}"
        return {"kind": "needs", "word": word, "title": title}
    word = "due now" if distance == "now" else f"due in {distance}"
    return {"kind": "waits" if due_at - now < _SOON else "neutral", "word": word, "title": title}
