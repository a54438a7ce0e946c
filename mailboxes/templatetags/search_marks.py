from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from mailboxes.searching.marking import pieces_of

register = template.Library()


@register.filter
def marked(text: object, asked: str) -> SafeString:
    """Return a text, escaped, with marks around the words that a search asked for."""
    pieces = (
        format_html("<mark>{}</mark>" if is_asked else "{}", piece) for piece, is_asked in pieces_of(str(text), asked)
    )
    return mark_safe("".join(pieces))  # noqa: S308 (each piece is escaped)
