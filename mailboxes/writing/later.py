"""Between "Send" and "sent": undoing, and what a person scheduled (SPEC Q3).

Whoever takes a message back and a worker that claims it may meet in one moment. Both write to its deliveries under
their locks, so one of them comes first, and the other one finds that (SECURITY INV2, INV4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from mailboxes import moments, regrouping, searching, settling, tasks
from mailboxes.drafts import keeping
from mailboxes.leaving import may_still_send
from mailboxes.models import (
    Conversation,
    ConversationEvent,
    Delivery,
    DeliveryAttempt,
    Draft,
    OutgoingMessage,
)
from mailboxes.notifying import telling
from mailboxes.own_addresses import own_addresses
from mailboxes.queue import targets
from mailboxes.regrouping.summarising import items_of, set_participants, summarise
from mailboxes.writing import rewriting
from mailboxes.writing.dating import redated
from mailhub.tenancy import blobs
from mailhub.tenancy.blobs import BlobMissing
from mailhub.tenancy.models import Membership

_Kind = ConversationEvent.Kind
_State = Delivery.State

SEND_UNDO_SECONDS = 10
# A year is typed wrong sooner than meant.
LONGEST = timedelta(days=366)


class TooLate(Exception):
    """It cannot be taken back or put off, mostly because it is on its way; the text says why, for who asked."""


def held_until(now: datetime) -> datetime:
    """Return when a letter leaves that is sent now: after the time in which that can be undone."""
    return now + timedelta(seconds=SEND_UNDO_SECONDS)


def is_untouched(deliveries: Sequence[Delivery]) -> bool:
    """Whether nobody has tried to hand over any of these, so that the message can still be taken back."""
    return bool(deliveries) and all(
        one.state in _UNTOUCHED and not one.attempt_count and one.attempt_id is None for one in deliveries
    )


def may_undo(outgoing: OutgoingMessage, membership: Membership) -> bool:
    """Whether this person may take the message back: what was scheduled, who may send; else its author alone."""
    return outgoing.is_scheduled or outgoing.written_by_id == membership.pk


def undo(outgoing: OutgoingMessage, *, by: Membership, now: datetime) -> Draft:
    """Take a message back into a draft and return that: its author's, or that of `by` if they may not send it now.

    Its author undoes the sending; what was scheduled is cancelled by whoever may send from the mailbox, and who
    scheduled it is told. Raises TooLate; then nothing has changed.
    """
    if outgoing.origin != OutgoingMessage.Origin.PERSON:
        raise TooLate("This was sent by itself: there is nothing to go on writing.")
    if not may_undo(outgoing, by):
        raise TooLate(f"Only {outgoing.written_by.user if outgoing.written_by else 'its author'} can undo this.")
    rewritten = _Rewritten.of(outgoing, by)
    with transaction.atomic():
        place = _hold_conversation(outgoing)
        _hold(outgoing)
        if place is not None and by.pk != outgoing.written_by_id:
            telling.tell_held(outgoing, now=now)
        draft = _remove(outgoing, rewritten, now=now)
        if place is not None and _put_back(place, outgoing):
            _note(place, _Kind.SENDING_UNDONE, f"{by.user} {_undone(outgoing, by)}", by, now=now)
    return draft


def hold_back(outgoing: OutgoingMessage, *, now: datetime) -> bool:
    """Take a scheduled message back into its author's draft, because somebody wrote meanwhile, and tell them.

    Within the transaction that files what came in, which has locked the conversation. False if it is on its way, and if
    its author may not send it any more: then it is stopped when it is due, where others see it.
    """
    if outgoing.conversation is None or not may_still_send(outgoing.written_by, outgoing.mailbox):
        return False
    rewritten = _Rewritten.of(outgoing, None)
    try:
        with transaction.atomic():
            _hold(outgoing)
            telling.tell_held(outgoing, now=now)
            _remove(outgoing, rewritten, now=now)
            outgoing.conversation.uncount_message()
    except TooLate:
        return False
    assert outgoing.written_by is not None
    author = outgoing.written_by.user
    words = f"The message scheduled for {_when(outgoing)} is a draft of {author} again: somebody wrote before it left"
    _note(outgoing.conversation, _Kind.HELD, words, None, now=now)
    return True


def send_now(outgoing: OutgoingMessage, *, by: Membership, now: datetime) -> None:
    """Let a message leave at once that was to leave later. Raises TooLate."""
    was_scheduled = outgoing.is_scheduled
    _move(outgoing, now, is_scheduled=False, now=now)
    if was_scheduled and outgoing.conversation is not None:
        targets.follow([outgoing.conversation])
        words = f"{by.user} sent at once what was scheduled for {_when(outgoing)}"
        _note(outgoing.conversation, _Kind.SCHEDULED, words, by, now=now)


def reschedule(outgoing: OutgoingMessage, send_at: datetime, *, by: Membership, now: datetime) -> None:
    """Let a scheduled message leave at another time. Raises TooLate, also for a time that is over or too far off."""
    refuse_time(send_at, now=now)
    if not outgoing.is_scheduled:
        raise TooLate("This was not scheduled: undo it instead.")
    _move(outgoing, send_at, is_scheduled=True, now=now)
    if outgoing.conversation is not None:
        words = f"{by.user} moved the message scheduled for {_when(outgoing)} to {moments.kept(send_at)}"
        _note(outgoing.conversation, _Kind.SCHEDULED, words, by, now=now)


def mark_sent(delivery: Delivery, *, by: Membership, now: datetime) -> bool:
    """Settle an uncertain delivery as sent, because a person knows that it arrived; False if it is not (any more)."""
    conversation = delivery.outgoing_message.conversation
    with transaction.atomic():
        if not settling.settle_by_person(delivery, by=by, now=now):
            return False
        if conversation is not None:
            words = f"{by.user} said that {delivery.recipient} has the message"
            _note(conversation, _Kind.SETTLED_BY_PERSON, words, by, now=now)
    return True


def refuse_time(send_at: datetime, *, now: datetime) -> None:
    """Raise TooLate for a time that nothing can be scheduled for."""
    if send_at <= now:
        raise TooLate("This time is over already: choose one that is to come, or send it now.")
    if send_at > now + LONGEST:
        raise TooLate("A message can be scheduled for a year ahead at most.")


@dataclass(frozen=True)
class _Rewritten:
    """What a draft is made of where none was kept: read before a transaction is open, because that waits for the disk.

    `author` is whose draft it becomes.
    """

    draft_id: object
    author: Membership | None
    content: rewriting.Content | None

    @classmethod
    def of(cls, outgoing: OutgoingMessage, by: Membership | None) -> _Rewritten:
        author = outgoing.written_by
        if by is not None and not may_still_send(author, outgoing.mailbox):
            author = by
        if author is None or Draft.objects.filter(sent_as=outgoing).exists():
            return cls(outgoing.pk, author, None)
        return cls(outgoing.pk, author, rewriting.content_of(outgoing))


def _hold_conversation(outgoing: OutgoingMessage) -> Conversation | None:
    """Lock the conversation before anything in it, as everybody does. Raises TooLate."""
    if outgoing.conversation_id is None:
        return None
    current = Conversation.objects.filter(outgoing_messages=outgoing.pk).first()
    if current is None:
        raise TooLate(_GONE)
    try:
        held = regrouping.hold_surviving(current)
    except Conversation.DoesNotExist as error:
        raise TooLate(_GONE) from error
    if not OutgoingMessage.objects.filter(pk=outgoing.pk, conversation=held).exists():
        raise TooLate("This message was moved, or taken back, in the same moment. Look again.")
    return held


def _hold(outgoing: OutgoingMessage) -> list[Delivery]:
    """Lock all deliveries of a message that nobody has tried to hand over. Raises TooLate.

    Nothing is waited for: who holds one of them is a worker that sends it.
    """
    rows = Delivery.objects.filter(outgoing_message=outgoing.pk)
    held = list(rows.select_for_update(of=("self",), skip_locked=True))
    if not held and not rows.exists():
        raise TooLate(_GONE)
    was_tried = DeliveryAttempt.objects.filter(outgoing_message=outgoing.pk).exists()
    if len(held) < rows.count() or was_tried or not is_untouched(held):
        raise TooLate("It is too late: this message is on its way.")
    return held


def _remove(outgoing: OutgoingMessage, rewritten: _Rewritten, *, now: datetime) -> Draft:
    """Make a draft of the message again, and remove all that says that it was sent."""
    kept = Draft.objects.filter(sent_as=outgoing).first()
    if kept is None and (rewritten.author is None or rewritten.content is None):
        raise TooLate("Its content is not there any more, so nothing would be left of it.")
    draft = keeping.reopen(kept) if kept is not None else None
    searching.forget([outgoing.pk])
    OutgoingMessage.objects.get(pk=outgoing.pk).delete()
    if draft is not None:
        return _handed_over(draft, rewritten.author)
    assert rewritten.author is not None
    assert rewritten.content is not None
    return rewriting.write_draft(outgoing, rewritten.content, author=rewritten.author, now=now)


def _handed_over(draft: Draft, author: Membership | None) -> Draft:
    """Let a draft whose author may not send it be that of who took it back."""
    if author is not None and draft.author_id != author.pk:
        Draft.objects.filter(pk=draft.pk).update(author=author)
        draft.author = author
    return draft


def _put_back(conversation: Conversation, outgoing: OutgoingMessage) -> bool:
    """Bring a conversation to where it was before the message; False if it goes away, because nothing else is in it."""
    items = items_of(conversation)
    if not items and not _has_more(conversation):
        conversation.delete()
        return False
    if items:
        summarise(conversation, items)
        set_participants(conversation, items, own_addresses(conversation.mailbox))
    else:
        conversation.message_count, conversation.snippet = 0, ""
    if _was_closed_by_sending(conversation, outgoing):
        conversation.status = Conversation.Status.OPEN
    conversation.save(update_fields=[*_SUMMARY, "status"])
    targets.follow([conversation])
    return True


def _has_more(conversation: Conversation) -> bool:
    """Whether people have something in a conversation beside messages, or an address leads here."""
    beside = (conversation.notes, conversation.drafts, conversation.merged_conversations, conversation.related)
    return any(rows.exists() for rows in beside)


def _was_closed_by_sending(conversation: Conversation, outgoing: OutgoingMessage) -> bool:
    """Whether its author closed the conversation with the letter that has now not left: then it still waits for one."""
    if conversation.status not in (Conversation.Status.CLOSED, Conversation.Status.PENDING):
        return False
    with_it = (outgoing.created_at, held_until(outgoing.created_at))
    events = ConversationEvent.objects.filter(conversation=conversation, kind=_Kind.STATUS_SET, at__range=with_it)
    return bool(events.filter(membership=outgoing.written_by_id, membership__isnull=False).exists())


def _move(outgoing: OutgoingMessage, send_at: datetime, *, is_scheduled: bool, now: datetime) -> None:
    """Let a message leave at `send_at`, and carry that as its date."""
    if outgoing.server_id is None:
        raise TooLate("Its outgoing server was deleted. Cancel it, and send it through another one.")
    try:
        digest, size = _redated(outgoing, send_at)
    except BlobMissing as error:
        raise TooLate("Its content is not there any more.") from error
    with transaction.atomic():
        held = _hold(outgoing)
        Delivery.objects.filter(pk__in=[one.pk for one in held]).update(
            state=_State.QUEUED, not_before=send_at, reply_text="", settled_at=None
        )
        same = OutgoingMessage.objects.filter(pk=outgoing.pk, raw_sha256=outgoing.raw_sha256)
        if not same.update(send_at=send_at, is_scheduled=is_scheduled, raw_sha256=digest, size=size):
            raise TooLate("Somebody changed the time of this message in the same moment. Look again.")
        if send_at <= now:
            tasks.deliver.ring(outgoing.tenant_id, outgoing.server_id)


def _redated(outgoing: OutgoingMessage, send_at: datetime) -> tuple[str, int]:
    raw = redated(outgoing.raw(), send_at)
    return blobs.put(outgoing.tenant_id, raw), len(raw)


def _note(
    conversation: Conversation, kind: ConversationEvent.Kind, words: str, by: Membership | None, *, now: datetime
) -> None:
    ConversationEvent.objects.create(
        tenant_id=conversation.tenant_id, conversation=conversation, kind=kind, membership=by, words=words[:600], at=now
    )


def _undone(outgoing: OutgoingMessage, by: Membership) -> str:
    to = ", ".join(address for _name, address in outgoing.to[:3])
    if not outgoing.is_scheduled:
        return f"undid the sending of a message to {to}"
    author = outgoing.written_by
    whose = "" if author is None or author.pk == by.pk else f" of {author.user}, who has it as a draft again"
    return f"cancelled a message to {to}, scheduled for {_when(outgoing)}{whose}"


def _when(outgoing: OutgoingMessage) -> str:
    return moments.kept(outgoing.left_at)


_GONE = "This message is not in the outbox any more: somebody took it back."
# What failed without a try was stopped before: its author may not send it any more, or its server was deleted.
_UNTOUCHED = (*Delivery.WAITING, _State.FAILED)
_SUMMARY = (
    "subject", "subject_key", "correspondent_name", "correspondent_address",
    "snippet", "message_count", "last_at", "last_received_at",
)  # fmt: skip
