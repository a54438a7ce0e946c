"""What a row of the list says beside its conversation: who writes an answer, and that one has begun one oneself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from mailboxes.models import Draft, Presence
from mailboxes.queue.presence import LAPSES_AFTER
from mailhub.tenancy.models import Membership


@dataclass(frozen=True)
class Mark:
    """Of one conversation: the names of others who write in it, and whether the person has an unsent draft there."""

    writers: tuple[str, ...] = ()
    has_draft: bool = False


def marks_of(ids: Collection[UUID], membership: Membership, *, now: datetime) -> Mapping[UUID, Mark]:
    """Return the marks of the conversations that have one, in one query for all of them."""
    if not ids:
        return {}
    writers: defaultdict[UUID, list[str]] = defaultdict(list)
    drafts: set[UUID] = set()
    for conversation_id, name, email in _drafts(ids, membership).union(_writers(ids, membership, now=now), all=True):
        if email:
            writers[conversation_id].append(name or email)
        else:
            drafts.add(conversation_id)
    return {one: Mark(tuple(sorted(writers.get(one, ()))), one in drafts) for one in drafts | writers.keys()}


def _writers(ids: Collection[UUID], membership: Membership, *, now: datetime) -> QuerySet[Any]:
    rows = Presence.objects.filter(conversation__in=ids, is_writing=True, seen_at__gt=now - LAPSES_AFTER)
    rows = rows.filter(membership__is_active=True, membership__user__is_active=True).exclude(membership=membership)
    return rows.order_by().values_list("conversation_id", "membership__user__name", "membership__user__email")


def _drafts(ids: Collection[UUID], membership: Membership) -> QuerySet[Any]:
    """Return where there are drafts, without the name of anybody."""
    # What was begun before a conversation was merged is shown where it is now.
    is_here = Q(conversation__in=ids) | Q(conversation__merged_into__in=ids)
    place, nobody = Coalesce("conversation__merged_into", "conversation"), Value("", CharField())
    rows = Draft.objects.of(membership).unsent().filter(is_here).order_by()
    return rows.annotate(place=place, of_name=nobody, of_email=nobody).values_list("place", "of_name", "of_email")
