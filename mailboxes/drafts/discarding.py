"""Discards drafts, and takes them back for a while: what was discarded is remembered sealed, as the database had it."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction

from mailboxes.drafts import files
from mailboxes.models import Conversation, Draft, DraftAttachment, Mailbox, Message
from mailhub.tenancy.models import Membership
from servers.models import OutgoingServer

REMEMBERED = timedelta(minutes=15)


def discard(draft: Draft) -> None:
    """Remove a draft that was not sent. `restore` brings it back within the time that it is remembered."""
    attachments = list(draft.attachments.all())
    files.renew(attachments)
    cache.set(_key(draft.pk), [_columns(draft), [_columns(one) for one in attachments]], REMEMBERED.total_seconds())
    draft.delete()


def restore(draft_id: uuid.UUID, *, author: Membership) -> Draft | None:
    """Bring a discarded draft back; None when it is forgotten, not this person's, or its mailbox not any more."""
    remembered = cache.get(_key(draft_id))
    if remembered is None:
        return None
    columns, attachments = remembered
    may_use = Mailbox.objects.visible_to(author).filter(pk=columns["mailbox_id"]).exists()
    if columns["author_id"] != author.pk or not may_use:
        return None
    with transaction.atomic():
        draft, _is_new = Draft.objects.get_or_create(pk=draft_id, defaults=columns | _what_is_gone(columns))
        DraftAttachment.objects.bulk_create([DraftAttachment(**one) for one in attachments], ignore_conflicts=True)
    cache.delete(_key(draft_id))
    found: Draft = draft
    return found


def _what_is_gone(columns: dict[str, Any]) -> dict[str, None]:
    """Return, as None, what the draft belonged to and is not there any more: its words come back all the same."""
    named = {"conversation_id": Conversation, "answers_id": Message, "server_id": OutgoingServer}
    return {name: None for name, model in named.items() if not model.objects.filter(pk=columns[name]).exists()}


def _columns(row: Draft | DraftAttachment) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _key(draft_id: uuid.UUID) -> str:
    return f"discarded-draft-{draft_id}"
