"""Tells people once that an answer of theirs is overdue (SPEC Q5)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from mailboxes.models import Conversation, Notification
from mailboxes.notifying import telling
from mailhub.tenancy.scope import tenant_scope

# What is overdue for longer was told, or nobody was there to be told.
_RECENT = timedelta(days=1)
_MOST = 500


def tell(*, now: datetime) -> None:
    """Tell the assignees of conversations whose answer is overdue, once for each time. Runs under `unscoped`."""
    told = Notification.objects.filter(
        conversation=OuterRef("pk"),
        recipient=OuterRef("assignee"),
        kind=Notification.Kind.OVERDUE,
        created_at__gte=OuterRef("reply_due_at"),
    )
    overdue = Conversation.objects.unmerged().filter(reply_due_at__lte=now, reply_due_at__gt=now - _RECENT)
    untold = overdue.filter(assignee__isnull=False, mailbox__deleted_at=None).exclude(Exists(told))
    by_tenant: defaultdict[int, list[Conversation]] = defaultdict(list)
    for conversation in untold.order_by("reply_due_at")[:_MOST]:
        by_tenant[conversation.tenant_id].append(conversation)
    for tenant_id, conversations in by_tenant.items():
        with tenant_scope(tenant_id), transaction.atomic():
            # Of two workers the second waits here, and then finds them told.
            held = Conversation.objects.filter(pk__in=[one.pk for one in conversations]).order_by("pk")
            still = held.select_for_update().filter(reply_due_at__lte=now, assignee__isnull=False)
            telling.tell_overdue(list(still.exclude(Exists(told))), now=now)
