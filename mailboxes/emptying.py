"""Removes the rows of deleted mailboxes, a bounded number in each transaction; what is stopped goes on where it was."""

import time
import uuid
from typing import Any

from django.db import models, transaction

from mailboxes import searching
from mailboxes.models import (
    Attachment,
    AutomaticMail,
    Conversation,
    ConversationEvent,
    ConversationRead,
    ConversationTag,
    Delivery,
    DeliveryAttempt,
    Draft,
    DraftAttachment,
    Mailbox,
    Mention,
    Message,
    MessageOrigin,
    Note,
    Notification,
    OutgoingMessage,
    Participant,
    Presence,
    ReplyCheck,
    ReplyProbe,
    ReportedFailure,
    SearchEntry,
    SentCopy,
    SentIdentifier,
)
from mailhub.tenancy.rows import TenantModel
from servers.models import ServerError

BATCH = 500
RUN_SECONDS = 30.0

# What a mailbox has without bound, children first, and how each row knows its mailbox. The rest goes with the mailbox.
_ROWS: tuple[tuple[type[TenantModel], str], ...] = (
    (Delivery, "outgoing_message__mailbox"),
    (DeliveryAttempt, "outgoing_message__mailbox"),
    (SentIdentifier, "mailbox"),
    (SentCopy, "outgoing_message__mailbox"),
    (ReplyProbe, "mailbox"),
    (ReplyCheck, "mailbox"),
    (AutomaticMail, "mailbox"),
    (ReportedFailure, "message__mailbox"),
    (MessageOrigin, "message__mailbox"),
    (Attachment, "message__mailbox"),
    (DraftAttachment, "draft__mailbox"),
    (Draft, "mailbox"),
    (SearchEntry, "mailbox"),
    (Message, "mailbox"),
    (OutgoingMessage, "mailbox"),
    (Participant, "conversation__mailbox"),
    (ConversationRead, "conversation__mailbox"),
    (ConversationTag, "conversation__mailbox"),
    (ConversationEvent, "conversation__mailbox"),
    (Mention, "note__conversation__mailbox"),
    (Note, "conversation__mailbox"),
    (Presence, "conversation__mailbox"),
    (Notification, "conversation__mailbox"),
    (Notification, "mailbox"),
    (Conversation, "mailbox"),
    (ServerError, "mailbox"),
)


def waiting() -> models.QuerySet[Any]:
    """Return the deleted mailboxes whose rows are not removed yet."""
    return Mailbox.with_deleted.filter(deleted_at__isnull=False).order_by("deleted_at")


def empty(mailbox_id: uuid.UUID, *, seconds: float = RUN_SECONDS) -> bool:
    """Remove rows of a deleted mailbox for so many seconds, at last itself; True when some are left.

    A mailbox that is not deleted, or that another worker is at, is left alone.
    """
    began = time.monotonic()
    for model, path in _ROWS:
        while (removed := _remove_batch(mailbox_id, model, path)) == BATCH:
            if time.monotonic() - began >= seconds:
                return True
        if removed is None:
            return False
    with transaction.atomic():
        if _lock(mailbox_id):
            waiting().filter(pk=mailbox_id).delete()
    return False


def _remove_batch(mailbox_id: uuid.UUID, model: type[TenantModel], path: str) -> int | None:
    """Remove up to BATCH rows and return how many; None when there is nothing to do here (any more)."""
    with transaction.atomic():
        if not _lock(mailbox_id):
            return None
        keys = list(model.objects.filter(**{path: mailbox_id}).order_by().values_list("pk", flat=True)[:BATCH])
        if keys and model is SearchEntry:
            # With their words, wherever the database keeps them.
            searching.forget(keys)
        elif keys:
            model.objects.filter(pk__in=keys).delete()
        return len(keys)


def _lock(mailbox_id: uuid.UUID) -> bool:
    """Hold the mailbox until the transaction ends; False when it is not deleted, is gone, or is held already."""
    rows = waiting().filter(pk=mailbox_id)
    return rows.select_for_update(skip_locked=True, of=("self",)).first() is not None
