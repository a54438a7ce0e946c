"""Marks of the rows of the list."""

from collections.abc import Mapping
from uuid import UUID

from django import template

from mailboxes.models import Conversation
from mailboxes.queue.marks import Mark

register = template.Library()


@register.filter
def mark_of(marks: Mapping[UUID, Mark] | str, conversation: Conversation) -> Mark | None:
    """Return the mark of a conversation, looked up with those of all others; None where it has none."""
    return marks.get(conversation.pk) if isinstance(marks, Mapping) else None
