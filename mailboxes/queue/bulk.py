"""One thing done with many conversations at once, and how to undo it (SPEC Q4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction

from mailboxes.addresses import normalise
from mailboxes.models import Conversation, SenderVerdict, Tag, Topic
from mailboxes.notifying import seeing
from mailboxes.queue import acting
from mailhub.tenancy.models import Membership

# What one page of the list can select, and some more.
MOST_AT_ONCE = 100
UNDO_FOR = timedelta(hours=1)

_Status = Conversation.Status
_SALT = "mailboxes.queue.bulk"


class Deed(StrEnum):
    """What can be done with many at once."""

    ASSIGN = "assign"
    STATUS = "status"
    TOPIC = "topic"
    TAG = "tag"
    UNTAG = "untag"
    SNOOZE = "snooze"
    READ = "read"


class UndoRefused(Exception):
    """It cannot be undone any more; the text says why."""


@dataclass(frozen=True)
class Wish:
    """A deed and what it takes: a Membership or None, a status, a Topic or None, the name of a tag, a Tag, a time, or
    whether they are to be read."""

    deed: Deed
    value: Any


@dataclass(frozen=True)
class Done:
    """What was done, in words; `token` undoes it, and is "" where nothing changed."""

    words: str
    token: str


def chosen(membership: Membership, ids: Iterable[UUID]) -> list[Any]:
    """Return those of the conversations that this person may see, in one query; of others nothing is told."""
    seen = Conversation.objects.visible_to(membership).unmerged()
    return list(seen.filter(pk__in=list(ids)[:MOST_AT_ONCE]).with_unread_for(membership).order_by("pk"))


def do(conversations: Sequence[Any], wish: Wish, *, by: Membership, now: datetime) -> Done:
    """Do it with conversations that were `chosen`, and remember what was before.

    Raises ActionRefused (mailboxes.queue.acting) with the reason; nothing was done then.
    """
    before = {one.pk: _state_of(one, wish) for one in conversations}
    if wish.deed == Deed.READ:
        changed = [one for one in conversations if one.is_unread == wish.value]
        _mark(conversations, is_read=wish.value, by=by, now=now)
    else:
        changed = _change(conversations, wish, by=by, now=now)
    was = [[str(one.pk), before[one.pk]] for one in changed]
    return Done(_words(wish, len(changed)), _token(by, wish, was) if was else "")


def undo(token: str, *, by: Membership, now: datetime) -> int:
    """Put things back as they were before a deed of this person; return how many conversations it was.

    What one may not see any more stays as it is. Raises UndoRefused for a token that is too old, or somebody else's,
    and ActionRefused where it cannot be as it was.
    """
    try:
        did = signing.loads(token, salt=_SALT, max_age=UNDO_FOR)
    except signing.BadSignature as error:
        raise UndoRefused("This can no longer be undone.") from error
    if did["who"] != str(by.pk):
        raise UndoRefused("Only who did it can undo it.")
    seen = {one.pk: one for one in chosen(by, [UUID(row_id) for row_id, _state in did["was"]])}
    groups: defaultdict[Hashable, list[Conversation]] = defaultdict(list)
    for row_id, state in did["was"]:
        conversation = seen.get(UUID(row_id))
        if conversation is not None:
            groups[tuple(state) if isinstance(state, list) else state].append(conversation)
    with transaction.atomic():
        for state, alike in groups.items():
            _put_back(Deed(did["deed"]), alike, state, by=by, now=now)
    return sum(len(alike) for alike in groups.values())


def _change(conversations: Sequence[Conversation], wish: Wish, *, by: Membership, now: datetime) -> list[Conversation]:
    value = wish.value
    match wish.deed:
        case Deed.ASSIGN:
            return acting.assign(conversations, value, by=by, now=now)
        case Deed.STATUS if value == _Status.OPEN:
            return _open(conversations, by=by, now=now)
        case Deed.STATUS:
            return acting.set_status(conversations, value, by=by, now=now)
        case Deed.TOPIC:
            return acting.set_topic(conversations, value, by=by, now=now)
        case Deed.TAG:
            return acting.add_tag(conversations, value, by=by, now=now)
        case Deed.UNTAG:
            return acting.remove_tag(conversations, value, by=by, now=now)
        case _:
            return acting.snooze(conversations, value, by=by, now=now)


def _open(conversations: Sequence[Conversation], *, by: Membership, now: datetime) -> list[Conversation]:
    """Open conversations; of those that were spam, this says that they are none."""
    spam = [one for one in conversations if one.status == _Status.SPAM]
    others = [one for one in conversations if one.status != _Status.SPAM]
    with transaction.atomic():
        opened = acting.mark_not_spam(spam, by=by, now=now) if spam else []
        return [*opened, *(acting.set_status(others, _Status.OPEN, by=by, now=now) if others else [])]


def _mark(conversations: Sequence[Conversation], *, is_read: bool, by: Membership, now: datetime) -> None:
    if is_read:
        acting.mark_read(conversations, by=by)
        # Also what they were told of those without new mail, as by opening them.
        seeing.read_conversations(conversations, by, now=now)
    else:
        acting.mark_unread(conversations, by=by)


def _state_of(conversation: Conversation, wish: Wish) -> Any:
    """Return what the deed changes, as it is before, in a form that a token can carry."""
    match wish.deed:
        case Deed.ASSIGN:
            return _text_of(conversation.assignee_id)
        case Deed.TOPIC:
            return _text_of(conversation.topic_id)
        case Deed.STATUS | Deed.SNOOZE:
            until = conversation.snoozed_until
            return [conversation.status, until.isoformat() if until else ""]
        case Deed.TAG:
            return acting.tag_name(wish.value)
        case Deed.UNTAG:
            return wish.value.name
        case _:
            return wish.value


def _text_of(row_id: UUID | None) -> str:
    return str(row_id) if row_id else ""


def _put_back(deed: Deed, alike: list[Conversation], state: Any, *, by: Membership, now: datetime) -> None:
    match deed:
        case Deed.ASSIGN:
            acting.assign(alike, _still_there(Membership.objects.filter(tenant_id=by.tenant_id), state), by=by, now=now)
        case Deed.TOPIC:
            acting.set_topic(alike, _still_there(Topic.objects.all(), state), by=by, now=now)
        case Deed.STATUS | Deed.SNOOZE:
            _put_status_back(alike, *state, by=by, now=now)
        case Deed.TAG:
            tag = Tag.objects.filter(name__iexact=state).first()
            if tag is not None:
                acting.remove_tag(alike, tag, by=by, now=now)
        case Deed.UNTAG:
            acting.add_tag(alike, state, by=by, now=now)
        case Deed.READ:
            _mark(alike, is_read=not state, by=by, now=now)


def _still_there(rows: Any, row_id: str) -> Any:
    """Return the row that was set before, None if there was none; refuse if it is gone."""
    if not row_id:
        return None
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise UndoRefused("What was set before is no longer there.")
    return found


def _put_status_back(alike: list[Conversation], status: str, until: str, *, by: Membership, now: datetime) -> None:
    spam = [one for one in alike if one.status == _Status.SPAM]
    if spam and status != _Status.SPAM:
        acting.mark_not_spam(spam, by=by, now=now)
        _unsay(spam, by=by, now=now)
    wakes_at = datetime.fromisoformat(until) if until else None
    if wakes_at is not None and wakes_at > now:
        acting.snooze(alike, wakes_at, by=by, now=now)
    else:
        acting.set_status(alike, _Status.OPEN if status == _Status.SNOOZED else status, by=by, now=now)


def _unsay(conversations: Sequence[Conversation], *, by: Membership, now: datetime) -> None:
    """Forget what was said of the senders: who undoes "spam" does not say that they never send any."""
    for one in conversations:
        said = SenderVerdict.objects.filter(mailbox=one.mailbox_id, address=normalise(one.correspondent_address))
        said.filter(said_by=by, said_at=now).delete()


def _token(by: Membership, wish: Wish, was: list[Any]) -> str:
    return signing.dumps({"who": str(by.pk), "deed": wish.deed.value, "was": was}, salt=_SALT, compress=True)


def _words(wish: Wish, count: int) -> str:
    if not count:
        return "Nothing to change: it is so already."
    number = "1 conversation" if count == 1 else f"{count} conversations"
    value = wish.value
    match wish.deed:
        case Deed.ASSIGN:
            return f"{number} assigned to {value.user}." if value else f"{number} assigned to nobody."
        case Deed.STATUS:
            return f"{number} {_STATUS_WORDS[_Status(value)]}."
        case Deed.TOPIC:
            return f"{number}: topic {value}." if value else f"{number}: topic taken away."
        case Deed.TAG:
            return f"{number}: tag {acting.tag_name(value)} added."
        case Deed.UNTAG:
            return f"{number}: tag {value} taken off."
        case Deed.SNOOZE:
            return f"{number} snoozed."
        case _:
            return f"{number} marked as {'read' if value else 'unread'}."


_STATUS_WORDS = {
    _Status.OPEN: "opened",
    _Status.PENDING: "set to pending",
    _Status.CLOSED: "closed",
    _Status.SPAM: "marked as spam",
}
