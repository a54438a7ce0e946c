"""Brings conversations back that were put off until a time that has come (SPEC Q4)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from mailboxes.models import Conversation, ConversationEvent, ConversationRead
from mailboxes.queue import targets

BATCH = 500
# A run that finds more leaves them to the next one, some seconds later.
MOST_BATCHES = 20


def wake_due(*, now: datetime) -> int:
    """Open what was put off until now or earlier, unread for who put it off; return how many there were."""
    woken = 0
    for _number in range(MOST_BATCHES):
        count = _wake_batch(now=now)
        woken += count
        if count < BATCH:
            break
    return woken


def _wake_batch(*, now: datetime) -> int:
    """Wake some of them. What another worker holds, it wakes, or somebody has just decided otherwise."""
    with transaction.atomic():
        due = Conversation.objects.filter(status=Conversation.Status.SNOOZED, snoozed_until__lte=now).unmerged()
        rows = list(due.order_by("snoozed_until", "pk").select_for_update(of=("self",), skip_locked=True)[:BATCH])
        if not rows:
            return 0
        _forget_reads(rows)
        Conversation.objects.filter(pk__in=[one.pk for one in rows]).update(
            status=Conversation.Status.OPEN, snoozed_until=None, snoozed_by=None
        )
        for one in rows:
            one.status = Conversation.Status.OPEN
        targets.follow(rows)
        ConversationEvent.objects.bulk_create(
            ConversationEvent(
                tenant_id=one.tenant_id,
                conversation=one,
                kind=ConversationEvent.Kind.WOKEN,
                words="Back, as its time had come",
                at=now,
            )
            for one in rows
        )
    return len(rows)


def _forget_reads(rows: list[Conversation]) -> None:
    """Let each conversation be unread for who put it off, as it comes back to them."""
    mine: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for one in rows:
        if one.snoozed_by_id is not None:
            mine[one.snoozed_by_id].append(one.pk)
    if not mine:
        return
    wanted = Q()
    for person, conversations in mine.items():
        wanted |= Q(membership=person, conversation__in=conversations)
    ConversationRead.objects.filter(wanted).delete()
