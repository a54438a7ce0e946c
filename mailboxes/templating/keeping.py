"""The templates of an account, what answers with them, and what they may say there."""

from datetime import datetime
from itertools import count

from django.db.models import Count, Q, QuerySet

from mailboxes.merging import AUTOMATIC_FIELDS, MergeRefused, fields_in
from mailboxes.models import Autoresponder, Mailbox, ReplyTemplate
from mailboxes.routing import changing


def with_uses() -> QuerySet[ReplyTemplate]:
    """Return all templates by name, each with `autoresponder_count`."""
    is_there = Q(autoresponders__mailbox__deleted_at=None)
    return ReplyTemplate.objects.annotate(autoresponder_count=Count("autoresponders", filter=is_there, distinct=True))


def uses_of(template: ReplyTemplate) -> list[str]:
    """Return, in words, what answers with a template: it cannot be deleted while anything does."""
    autoresponders = Autoresponder.objects.filter(template=template).select_related("mailbox")
    found = [f"the autoresponder of {one.mailbox}" for one in autoresponders]
    return found + [f"the rule “{rule}” of {rule.mailbox}" for rule in changing.rules_with(template)]


def obstacle_to_automatic_use(template: ReplyTemplate) -> str:
    """Return, in words, why nothing can answer with a template by itself; "" where it can."""
    try:
        used = fields_in(template.subject) | fields_in(template.html)
    except MergeRefused as refused:
        return str(refused)
    personal = sorted(used - {field.name for field in AUTOMATIC_FIELDS})
    if not personal:
        return ""
    return (
        f"It uses {', '.join(personal)}, which only a person's letter may say: whoever forges a sender could have you "
        "send words of theirs to a stranger."
    )


def add_for(mailbox: Mailbox, *, subject: str, html: str, now: datetime) -> ReplyTemplate:
    """Add the template that was written at the autoresponder of a mailbox, under a name that is free.

    The name does not tell the mailbox: everyone in the account may insert every template (SPEC T3).
    """
    taken = set(ReplyTemplate.objects.filter(name__startswith=_AUTOMATIC).values_list("name", flat=True))
    numbered = (f"{_AUTOMATIC} {number}" if number > 1 else _AUTOMATIC for number in count(1))
    name = next(one for one in numbered if one not in taken)
    template: ReplyTemplate = ReplyTemplate.objects.create(
        tenant_id=mailbox.tenant_id, name=name, subject=subject, html=html, created_at=now, changed_at=now
    )
    return template


_AUTOMATIC = "Automatic answer"
