"""Until when an answer is due (SPEC Q5): from the first mail that waits until a person answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from mailboxes.classifying import Kind
from mailboxes.models import Conversation, Delivery, Message, OutgoingMessage, ResponseTarget
from mailboxes.queue import working_hours
from servers.models import FolderRole

# An answer can be due in these; what is closed, put off or spam waits for nobody.
WAITING = (Conversation.Status.OPEN, Conversation.Status.PENDING)
_BATCH = 500
_NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=DateTimeField())


def due_at(target: ResponseTarget, received_at: datetime) -> datetime | None:
    """Return until when mail of this moment is to be answered; None where nobody ever works."""
    holidays = frozenset(date.fromisoformat(one) for one in target.holidays)
    return working_hours.due_at(received_at, target.minutes, target.week, ZoneInfo(target.time_zone), holidays)


def follow(conversations: Sequence[Conversation]) -> None:
    """Bring in line with their new status until when answers are due: nothing where nobody waits any more.

    One query where none of their mailboxes has a target, three whatever the number of conversations otherwise.
    """
    found = ResponseTarget.objects.filter(mailbox__in={one.mailbox_id for one in conversations}, is_active=True)
    targets = {one.mailbox_id: one for one in found}
    followed = {one.pk: one for one in conversations if one.mailbox_id in targets}
    if not followed:
        return
    rows = list(_with_waiting_since(Conversation.objects.filter(pk__in=followed)))
    _set((one, targets[one.mailbox_id]) for one in rows)
    for one in rows:
        followed[one.pk].reply_due_at = one.reply_due_at


def recompute(mailbox_id: UUID) -> None:
    """Set anew until when answers are due in a mailbox whose target was changed.

    Goes through the conversations in batches, each written by itself: a second run finds nothing to do.
    """
    rows = Conversation.objects.filter(mailbox=mailbox_id).unmerged()
    due = rows.filter(reply_due_at__isnull=False)
    target = ResponseTarget.objects.filter(mailbox=mailbox_id, is_active=True).first()
    if target is None:
        due.update(reply_due_at=None)
        return
    due.exclude(status__in=WAITING).update(reply_due_at=None)
    waiting = _with_waiting_since(rows.filter(status__in=WAITING)).order_by("pk")
    batch = list(waiting[:_BATCH])
    while batch:
        _set((one, target) for one in batch)
        batch = list(waiting.filter(pk__gt=batch[-1].pk)[:_BATCH])


def _set(pairs: Iterable[tuple[Conversation, ResponseTarget]]) -> None:
    changed = []
    for one, target in pairs:
        since: datetime | None = one.waiting_since  # type: ignore[attr-defined]
        due = due_at(target, since) if since is not None and one.status in WAITING else None
        if due != one.reply_due_at:
            one.reply_due_at = due
            changed.append(one)
    if changed:
        Conversation.objects.bulk_update(changed, ["reply_due_at"])


def _with_waiting_since(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Annotate `waiting_since`: when the first mail of a person came in that no person has answered."""
    messages = Message.objects.filter(conversation=OuterRef("pk"), is_archived=False)
    from_elsewhere = messages.filter(folder_role=FolderRole.SENT).order_by("-received_at").values("received_at")[:1]
    rows = rows.annotate(
        answered_at=Greatest(
            Coalesce(Subquery(_answers_from_here().values("answers_at")[:1]), _NEVER),
            Coalesce(Subquery(from_elsewhere), _NEVER),
        )
    )
    # What the pipeline knows of programs is not all in the row: this much is.
    theirs = messages.exclude(folder_role=FolderRole.SENT).filter(
        kind__in=(Kind.NORMAL, Kind.REPLY), auto_submitted__in=("", "no"), received_at__gt=OuterRef("answered_at")
    )
    return rows.annotate(waiting_since=Subquery(theirs.order_by("received_at").values("received_at")[:1]))


def _answers_from_here() -> QuerySet[Any]:
    """Return what people wrote in a conversation, the newest answer first. What was scheduled answers once it left."""
    has_left = Delivery.objects.filter(outgoing_message=OuterRef("pk"), state=Delivery.State.SENT, is_blind_copy=False)
    written: QuerySet[Any] = OutgoingMessage.objects.filter(
        Q(is_scheduled=False) | Exists(has_left), conversation=OuterRef("pk"), origin=OutgoingMessage.Origin.PERSON
    )
    answers_at = Case(When(is_scheduled=True, then=F("send_at")), default=F("created_at"))
    return written.annotate(answers_at=answers_at).order_by("-answers_at")
