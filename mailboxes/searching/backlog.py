"""Indexes what is there and not searchable yet: mail of before there was a search, and what was missed."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import transaction
from django.db.models import Manager, QuerySet

from mailboxes.models import Conversation, Message, OutgoingMessage
from mailboxes.openers import open_sent
from mailboxes.parsing import Unreadable
from mailboxes.searching import indexing
from mailboxes.searching.entries import Indexed
from mailboxes.smime.sent import SentSmime
from mailhub.lib.crypto import SealBroken
from mailhub.tenancy.blobs import BlobMissing

log = logging.getLogger(__name__)

BATCH = 100
RUN_SECONDS = 20.0
_LOOKED_AT = 1_000


def index_waiting(*, seconds: float = RUN_SECONDS) -> int:
    """Index waiting messages of the open scope for so many seconds, the newest first; return how many."""
    began = time.monotonic()
    count = 0
    while time.monotonic() - began < seconds:
        done = _index_received() + _index_sent()
        if not done:
            break
        count += done
    return count


def waiting_tenants() -> set[int]:
    """Return tenants of the open scope whose messages wait; of many messages only the first are looked at."""
    return {
        tenant_id
        for rows in (Message.objects, OutgoingMessage.objects)
        for tenant_id in _waiting(rows).values_list("tenant_id", flat=True)[:_LOOKED_AT]
    }


def waiting_count() -> int:
    """Return how many messages of the open scope wait."""
    return sum(_waiting(rows).order_by().count() for rows in (Message.objects, OutgoingMessage.objects))


def _waiting(rows: Manager[Any]) -> QuerySet[Any]:
    return rows.filter(is_searchable=False, conversation__isnull=False).order_by("-id")


def _index_received() -> int:
    with transaction.atomic():
        # Another worker may be at it.
        waiting = _waiting(Message.objects).select_for_update(of=("self",), skip_locked=True)
        messages = list(waiting.prefetch_related("attachments")[:BATCH])
        indexed = [indexing.received_words(one, _text_received(one), one.attachments.all()) for one in messages]
        indexing.write(indexed)
        Message.objects.filter(pk__in=[one.pk for one in messages]).update(is_searchable=True)
        _mark_attachments(indexed)
    return len(messages)


def _index_sent() -> int:
    with transaction.atomic():
        sent = list(_waiting(OutgoingMessage.objects).select_for_update(of=("self",), skip_locked=True)[:BATCH])
        indexed = [indexing.sent_words(one, _text_sent(one)) for one in sent if not one.is_confidential]
        indexing.write(indexed)
        # Security mail is not looked at again either.
        OutgoingMessage.objects.filter(pk__in=[one.pk for one in sent]).update(is_searchable=True)
        _mark_attachments(indexed)
    return len(sent)


def _mark_attachments(indexed: list[Indexed]) -> None:
    holding = {one.entry.conversation_id for one in indexed if one.entry.has_attachment}
    if holding:
        Conversation.objects.filter(pk__in=holding, has_attachment=False).update(has_attachment=True)


def _text_received(message: Message) -> str:
    try:
        return message.body.text
    except SealBroken:
        # It is found by the fields of its header; trying again would end the same.
        log.exception("The text of message %s cannot be opened: it is not indexed.", message.pk)
        return ""


def _text_sent(outgoing: OutgoingMessage) -> str:
    try:
        return "" if SentSmime.from_json(outgoing.smime).is_encrypted else open_sent(outgoing).mail.text
    except (BlobMissing, Unreadable, SealBroken):
        log.exception("The text of sent message %s cannot be read: it is not indexed.", outgoing.pk)
        return outgoing.snippet
