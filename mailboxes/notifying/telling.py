"""Writes down whom to tell of what. Rows only: they are written with what is told of, and mail leaves later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from mailboxes.models import Conversation, Delivery, Note, Notification, OutgoingMessage
from mailboxes.notifying.audience import Audience
from mailboxes.notifying.defaults import mail_after
from mailhub.tenancy.models import Membership

_Kind = Notification.Kind
# Of what happens again and again a person has one unread row for each conversation, which comes up again.
_ONE_UNREAD = (_Kind.REPLIED, _Kind.UNDELIVERED, _Kind.OVERDUE)
# About an unread row that came up again the next mail leaves so long after the last one.
_MAIL_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class News:
    """Somebody is to be told of something, if they may know and want to."""

    recipient_id: UUID
    conversation: Conversation
    kind: Notification.Kind
    # Who did it: they are not told of what they did themselves.
    actor_id: UUID | None = None
    # Of automatic mail nobody is told by mail: two programs could keep each other busy for ever (SECURITY TC9).
    is_mailed: bool = True


def tell_assigned(
    conversations: Sequence[Conversation], assignee: Membership, *, actor: Membership | None, now: datetime
) -> None:
    """Tell `assignee` that `actor`, or a rule, gave them these conversations."""
    tell((News(assignee.pk, one, _Kind.ASSIGNED, _id_of(actor)) for one in conversations), now=now)


def tell_mentioned(note: Note, memberships: Iterable[Membership], *, actor: Membership | None, now: datetime) -> None:
    """Tell these people that `actor` named them in a note."""
    tell((News(one.pk, note.conversation, _Kind.MENTIONED, _id_of(actor)) for one in memberships), now=now)


def tell_replied(conversation: Conversation, memberships: Iterable[Membership], *, now: datetime) -> None:
    """Tell these people that something came in in a conversation of theirs."""
    tell((News(one.pk, conversation, _Kind.REPLIED) for one in memberships), now=now)


def tell_held(outgoing: OutgoingMessage, *, now: datetime) -> None:
    """Tell who scheduled this message that it did not leave."""
    if outgoing.written_by_id is not None and outgoing.conversation is not None:
        tell([News(outgoing.written_by_id, outgoing.conversation, _Kind.HELD)], now=now)


def tell_refused(outgoing: OutgoingMessage, *, now: datetime) -> None:
    """Tell who wrote this message that it failed for a recipient, once for each time that it does."""
    if outgoing.written_by_id is None or outgoing.conversation_id is None:
        return
    failed = outgoing.deliveries.filter(state=Delivery.State.FAILED, is_blind_copy=False)
    told = Notification.objects.filter(
        recipient=outgoing.written_by_id,
        conversation=outgoing.conversation_id,
        kind=_Kind.UNDELIVERED,
        created_at__gte=OuterRef("settled_at"),
    )
    if failed.exclude(Exists(told)).exists() and outgoing.conversation is not None:
        tell([News(outgoing.written_by_id, outgoing.conversation, _Kind.UNDELIVERED)], now=now)


def tell_overdue(conversations: Sequence[Conversation], *, now: datetime) -> None:
    """Tell the assignee of each that an answer is due since some time."""
    found = ((one.assignee_id, one) for one in conversations)
    tell((News(person, one, _Kind.OVERDUE) for person, one in found if person is not None), now=now)


def tell(news: Iterable[News], *, now: datetime) -> None:
    """Write rows for all who may see the mailbox and want to be told; the same number of queries for one and many."""
    # Of several about the same thing one that a mail may leave for counts.
    by_way = sorted((one for one in news if not _is_own(one)), key=lambda one: one.is_mailed)
    wanted = {(one.recipient_id, one.conversation.pk, one.kind): one for one in by_way}
    if not wanted:
        return
    audience = Audience.load(
        (one.recipient_id for one in wanted.values()), (one.conversation.mailbox_id for one in wanted.values())
    )
    unread = _unread_of(wanted.values())
    rows = [
        row for key, one in wanted.items() if key not in unread and (row := _row(one, audience, now=now)) is not None
    ]
    Notification.objects.bulk_create(rows)
    _bring_up([pk for key, pk in unread.items() if key in wanted], now=now)


def _is_own(news: News) -> bool:
    return news.recipient_id == news.actor_id


def _id_of(membership: Membership | None) -> UUID | None:
    return membership.pk if membership is not None else None


def _row(news: News, audience: Audience, *, now: datetime) -> Notification | None:
    conversation = news.conversation
    if not audience.may_see(news.recipient_id, conversation.mailbox_id):
        return None
    ways = audience.ways(news.recipient_id, news.kind)
    is_mailed = ways.by_mail and news.is_mailed
    if not (ways.in_browser or is_mailed):
        return None
    return Notification(
        tenant_id=conversation.tenant_id,
        recipient_id=news.recipient_id,
        conversation=conversation,
        kind=news.kind,
        actor_id=news.actor_id,
        created_at=now,
        is_shown=ways.in_browser,
        mail_due_at=now + mail_after(news.kind) if is_mailed else None,
    )


def _unread_of(news: Iterable[News]) -> dict[tuple[UUID, UUID, Notification.Kind], UUID]:
    repeating = [one for one in news if one.kind in _ONE_UNREAD]
    if not repeating:
        return {}
    rows = Notification.objects.filter(
        recipient__in={one.recipient_id for one in repeating},
        conversation__in={one.conversation.pk for one in repeating},
        kind__in=_ONE_UNREAD,
        read_at=None,
    )
    found = rows.values_list("recipient_id", "conversation_id", "kind", "pk")
    return {(recipient, conversation, _Kind(kind)): pk for recipient, conversation, kind, pk in found}


def _bring_up(unread: Sequence[UUID], *, now: datetime) -> None:
    """Put rows that nobody has read on top again, and let a mail go out if the last one is long ago."""
    if not unread:
        return
    rows = Notification.objects.filter(pk__in=unread)
    rows.update(created_at=now)
    for kind in _ONE_UNREAD:
        mailed_long_ago = rows.filter(kind=kind, mailed_at__lt=now - _MAIL_AGAIN_AFTER)
        mailed_long_ago.update(mailed_at=None, mail_due_at=now + mail_after(kind))
