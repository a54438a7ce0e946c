"""Lets go of discarded mail after 30 days (SPEC M23)."""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from mailboxes.models import Attachment, Message, MessageOrigin, ReportedFailure

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)
BATCH = 500

# Everything that the sender wrote. `raw_sha256` stays: by it the same mail is known again.
_EMPTY: dict[str, Any] = {
    "message_id": "", "message_id_key": None, "from_name": "", "from_address": "", "reply_to": [], "to": [], "cc": [],
    "subject": "", "in_reply_to": "", "references": "", "snippet": "", "sealed_body": None, "defects": [], "smime": {},
    "envelope_from": "", "envelope_to": "", "evidence_identifier": "", "answers": None, "trace": [], "failure": "",
    "discarded_because": "", "discarded_at": None,
}  # fmt: skip


def remove_expired(*, now: datetime) -> int:
    """Remove messages that were discarded more than 30 days ago, and return how many.

    A message that is still on its server, or whose report of a bounce is on record, is emptied instead: without its row
    it would be fetched, discarded and forwarded anew. Its bytes go with the next sweep of the storage. Runs under
    `unscoped`.
    """
    count = 0
    while batch := list(_expired(now).order_by("discarded_at").values_list("pk", flat=True)[:BATCH]):
        _remove_batch(batch, now=now)
        count += len(batch)
    if count:
        log.info("Removed %d discarded messages after %d days.", count, KEPT.days)
    return count


def _expired(now: datetime) -> QuerySet[Message]:
    return Message.objects.discarded().filter(discarded_at__lt=now - KEPT)


def _remove_batch(batch: Sequence[uuid.UUID], *, now: datetime) -> None:
    with transaction.atomic():
        # A person may take one in at this moment.
        held = list(_expired(now).filter(pk__in=batch).select_for_update().values_list("pk", flat=True))
        on_server = MessageOrigin.objects.filter(message=OuterRef("pk")).exclude(removal=MessageOrigin.Removal.DONE)
        reported = ReportedFailure.objects.filter(message=OuterRef("pk"))
        rows = Message.objects.filter(pk__in=held)
        staying = list(rows.filter(Exists(on_server) | Exists(reported)).values_list("pk", flat=True))
        Attachment.objects.filter(message__in=staying).delete()
        rows.filter(pk__in=staying).update(**_EMPTY)
        rows.exclude(pk__in=staying).delete()
