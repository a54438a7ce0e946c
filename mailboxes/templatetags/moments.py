"""Words that were kept with moments in them."""

from django import template
from django.template import Context

from mailboxes import moments
from mailhub.lib import times

register = template.Library()


@register.simple_tag(takes_context=True)
def in_own_time(context: Context, words: str) -> str:
    """Show kept words with their moments in the time zone of who looks at the page."""
    return moments.as_read_in(words, times.zone_in(context))
