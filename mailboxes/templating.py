"""Keeps the templates of an account, and shows what they become (SPEC M27)."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from mailboxes.automatic import letters
from mailboxes.merging import AUTOMATIC_FIELDS
from mailboxes.models import Autoresponder, Mailbox, ReplyTemplate
from mailboxes.routing import changing
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Tenant


def with_uses() -> QuerySet[ReplyTemplate]:
    """Return all templates by name, each with `autoresponder_count`."""
    is_there = Q(autoresponders__mailbox__deleted_at=None)
    return ReplyTemplate.objects.annotate(autoresponder_count=Count("autoresponders", filter=is_there, distinct=True))


def uses_of(template: ReplyTemplate) -> list[str]:
    """Return, in words, what answers with a template: it cannot be deleted while anything does."""
    autoresponders = Autoresponder.objects.filter(template=template).select_related("mailbox")
    found = [f"the autoresponder of {one.mailbox}" for one in autoresponders]
    return found + [f"the rule “{rule}” of {rule.mailbox}" for rule in changing.rules_with(template)]


def preview_values(tenant: Tenant, mailbox: Mailbox | None, *, now: datetime) -> Mapping[str, str]:
    """Return what fields give for a mailbox of the account; samples where it has none yet."""
    values = {field.name: field.sample for field in AUTOMATIC_FIELDS}
    values |= {"company_name": tenant.name, "date": f"{now.day} {now:%B %Y}"}
    if mailbox is not None:
        values |= {"mailbox_name": mailbox.name, "mailbox_address": mailbox.address}
    return values


def preview(subject: str, html: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and HTML as they would be sent; raises MergeRefused or TooComplex."""
    written_subject, _text, written_html = letters.written(ReplyTemplate(subject=subject, html=html), values)
    return written_subject, written_html


def add_for(mailbox: Mailbox, *, subject: str, html: str, now: datetime) -> ReplyTemplate:
    """Add the template that was written at the autoresponder of a mailbox, under a name that is free."""
    name = f"Answer of {mailbox.name}"[:110]
    if ReplyTemplate.objects.filter(name=name).exists():
        name = f"{name} {new_id().hex[-6:]}"
    template: ReplyTemplate = ReplyTemplate.objects.create(
        tenant_id=mailbox.tenant_id, name=name, subject=subject, html=html, created_at=now, changed_at=now
    )
    return template
