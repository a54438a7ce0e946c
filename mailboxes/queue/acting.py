"""What people do with conversations: with one, and with many at once (SPEC Q4).

Each of these is one transaction, with the conversations locked in the order of their ids, and a number of queries that
does not grow with theirs. What is as it should be already is left alone and out of the history: of two people who do
the same in one moment, one did it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from mailboxes import moments
from mailboxes.models import (
    Conversation,
    ConversationEvent,
    ConversationRead,
    ConversationTag,
    Tag,
    Topic,
)
from mailboxes.notifying.telling import tell_assigned
from mailboxes.queue import targets, verdicts
from mailboxes.queue.people import sees_all
from mailhub.lib.headers import clean_header
from mailhub.tenancy.models import Membership

_Kind = ConversationEvent.Kind
_Status = Conversation.Status

# Nobody waits for longer; a year is typed wrong sooner than meant.
LONGEST_SNOOZE = timedelta(days=366)


class ActionRefused(Exception):
    """It cannot be done; the text says why, for the person who asked."""


def assign(
    conversations: Sequence[Conversation], assignee: Membership | None, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Give conversations to a person, or to nobody; return those that changed hands.

    Raises ActionRefused for a person who has left, or may not use one of the mailboxes (SPEC T3).
    """
    if assignee is not None and not sees_all(assignee, {one.mailbox_id for one in conversations}):
        raise ActionRefused("This person may not use the mailbox, so nothing there can be assigned to them.")
    with transaction.atomic():
        changed = [one for one in _hold(conversations) if one.assignee_id != (assignee.pk if assignee else None)]
        _update(changed, assignee=assignee)
        _write_events(changed, _Kind.ASSIGNED, lambda _one: _assigned(assignee, by), by=by, now=now)
        if assignee is not None:
            tell_assigned(changed, assignee, actor=by, now=now)
    return changed


def set_status(
    conversations: Sequence[Conversation], status: str, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Open or close conversations, or let them wait; return those that changed. What was put off is not any more.

    Raises ActionRefused for SNOOZED, which needs a time.
    """
    if status == _Status.SNOOZED:
        raise ActionRefused("Say until when it is put off.")
    if status == _Status.SPAM:
        return mark_spam(conversations, by=by, now=now)
    wanted = _Status(status)
    with transaction.atomic():
        changed = [one for one in _hold(conversations) if one.status != wanted]
        _update(changed, status=wanted, snoozed_until=None, snoozed_by=None)
        targets.follow(changed)
        did, happened = _STATUS_WORDS[wanted]
        _write_events(changed, _Kind.STATUS_SET, lambda _one: _said(by, did, happened), by=by, now=now)
    return changed


def set_topic(
    conversations: Sequence[Conversation], topic: Topic | None, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Say what conversations are about; return those that changed."""
    with transaction.atomic():
        changed = [one for one in _hold(conversations) if one.topic_id != (topic.pk if topic else None)]
        _update(changed, topic=topic)
        words = (
            _said(by, f"set the topic {topic}", f"Topic {topic}")
            if topic
            else _said(by, "took the topic away", "Topic taken away")
        )
        _write_events(changed, _Kind.TOPIC_SET, lambda _one: words, by=by, now=now)
    return changed


def set_priority(
    conversations: Sequence[Conversation], priority: int, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Set how urgent conversations are (Conversation.Priority); return those that changed."""
    wanted = Conversation.Priority(priority)
    with transaction.atomic():
        changed = [one for one in _hold(conversations) if one.priority != wanted]
        _update(changed, priority=wanted)
        words = _said(by, f"set the priority to {wanted.label.lower()}", f"Priority {wanted.label}")
        _write_events(changed, _Kind.PRIORITY_SET, lambda _one: words, by=by, now=now)
    return changed


def add_tag(
    conversations: Sequence[Conversation], name: str, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Put a tag on conversations, a new one if none has the name; return those that did not carry it.

    Upper and lower case are one name. Raises ActionRefused for a name that is empty or too long.
    """
    wanted = tag_name(name)
    with transaction.atomic():
        held = _hold(conversations)
        if not held:
            return []
        tag = _tag_named(wanted, held[0].tenant_id)
        carrying = ConversationTag.objects.filter(tag=tag, conversation__in=held)
        tagged = set(carrying.values_list("conversation_id", flat=True))
        changed = [one for one in held if one.pk not in tagged]
        ConversationTag.objects.bulk_create(
            [ConversationTag(tenant_id=one.tenant_id, conversation=one, tag=tag) for one in changed],
            ignore_conflicts=True,
        )
        _write_events(
            changed, _Kind.TAGGED, lambda _one: _said(by, f"added the tag {tag}", f"Tag {tag}"), by=by, now=now
        )
    return changed


def remove_tag(
    conversations: Sequence[Conversation], tag: Tag, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Take a tag off conversations; return those that carried it. The tag itself stays, for others."""
    with transaction.atomic():
        held = _hold(conversations)
        carrying = ConversationTag.objects.filter(tag=tag, conversation__in=held)
        tagged = set(carrying.values_list("conversation_id", flat=True))
        changed = [one for one in held if one.pk in tagged]
        carrying.delete()
        words = _said(by, f"took the tag {tag} off", f"Tag {tag} taken off")
        _write_events(changed, _Kind.TAGGED, lambda _one: words, by=by, now=now)
    return changed


def snooze(
    conversations: Sequence[Conversation], until: datetime, *, by: Membership | None, now: datetime
) -> list[Conversation]:
    """Take conversations off the list until a time, or until something comes in; return those that changed.

    Raises ActionRefused for a time that is over, or further off than a year.
    """
    if until <= now:
        raise ActionRefused("This time is over already: choose one that is to come.")
    if until > now + LONGEST_SNOOZE:
        raise ActionRefused("A conversation can be put off for a year at most.")
    with transaction.atomic():
        changed = [one for one in _hold(conversations) if (one.status, one.snoozed_until) != (_Status.SNOOZED, until)]
        _update(changed, status=_Status.SNOOZED, snoozed_until=until, snoozed_by=by)
        targets.follow(changed)
        when = moments.kept(until)
        words = _said(by, f"put it off until {when}", f"Put off until {when}")
        _write_events(changed, _Kind.SNOOZED, lambda _one: words, by=by, now=now)
    return changed


def mark_spam(conversations: Sequence[Conversation], *, by: Membership | None, now: datetime) -> list[Conversation]:
    """Say that conversations are spam, and so is what their senders write to these mailboxes from now on.

    Return those that changed. Other conversations of the same senders stay where they are.
    """
    with transaction.atomic():
        held = _hold(conversations)
        changed = [one for one in held if one.status != _Status.SPAM]
        _update(changed, status=_Status.SPAM, snoozed_until=None, snoozed_by=None)
        targets.follow(changed)
        verdicts.say(held, is_spam=True, by=by, now=now)
        words = _said(by, "said that it is spam", "Spam")
        _write_events(changed, _Kind.STATUS_SET, lambda _one: words, by=by, now=now)
    return changed


def mark_not_spam(conversations: Sequence[Conversation], *, by: Membership | None, now: datetime) -> list[Conversation]:
    """Say that conversations are no spam, whatever the servers say of their senders from now on; open them.

    Return those that changed.
    """
    with transaction.atomic():
        changed = [one for one in _hold(conversations) if one.status == _Status.SPAM]
        _update(changed, status=_Status.OPEN, snoozed_until=None, snoozed_by=None)
        targets.follow(changed)
        verdicts.say(changed, is_spam=False, by=by, now=now)
        words = _said(by, "said that it is no spam", "No spam")
        _write_events(changed, _Kind.STATUS_SET, lambda _one: words, by=by, now=now)
    return changed


def mark_read(conversations: Sequence[Conversation], *, by: Membership) -> None:
    """This person has seen what came in so far."""
    rows = [
        ConversationRead(tenant_id=one.tenant_id, conversation=one, membership=by, read_until=one.last_received_at)
        for one in sorted(conversations, key=lambda one: one.pk)
        if one.last_received_at is not None
    ]
    ConversationRead.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["conversation", "membership"],
        update_fields=["read_until"],
    )


def mark_unread(conversations: Sequence[Conversation], *, by: Membership) -> None:
    """Forget that this person has read them."""
    ConversationRead.objects.filter(conversation__in=list(conversations), membership=by).delete()


def tag_name(typed: str) -> str:
    """Return the name of a tag as it is kept; raise ActionRefused for none and for one that is too long."""
    name = " ".join(clean_header(typed).split())
    if not any(letter.isprintable() for letter in name):
        raise ActionRefused("A tag needs a name.")
    longest = Tag._meta.get_field("name").max_length
    if longest is not None and len(name) > longest:
        raise ActionRefused(f"The name of a tag has at most {longest} letters.")
    return name


def _hold(conversations: Sequence[Conversation]) -> list[Conversation]:
    """Lock the conversations, and return them as they are now; what was merged meanwhile is left out."""
    rows = Conversation.objects.filter(pk__in=[one.pk for one in conversations]).unmerged().order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def _update(conversations: Sequence[Conversation], **values: Any) -> None:
    if conversations:
        Conversation.objects.filter(pk__in=[one.pk for one in conversations]).update(**values)
    for one in conversations:
        for name, value in values.items():
            setattr(one, name, value)


def _tag_named(name: str, tenant_id: int) -> Tag:
    known = Tag.objects.filter(name__iexact=name).order_by("name").first()
    if known is not None:
        return known
    tag, _is_new = Tag.objects.get_or_create(tenant_id=tenant_id, name=name)
    return tag


def _write_events(
    conversations: Sequence[Conversation],
    kind: ConversationEvent.Kind,
    words: Callable[[Conversation], str],
    *,
    by: Membership | None,
    now: datetime,
) -> None:
    ConversationEvent.objects.bulk_create(
        ConversationEvent(
            tenant_id=one.tenant_id, conversation=one, kind=kind, membership=by, words=words(one)[:600], at=now
        )
        for one in conversations
    )


def _assigned(assignee: Membership | None, by: Membership | None) -> str:
    if assignee is None:
        return _said(by, "took it from who had it: nobody has it now", "Assigned to nobody")
    if by is not None and by.pk == assignee.pk:
        return f"{by.user} took it"
    return _said(by, f"assigned it to {assignee.user}", f"Assigned to {assignee.user}")


def _said(by: Membership | None, did: str, happened: str) -> str:
    """Return what a person did, or what happened by itself."""
    return happened if by is None else f"{by.user} {did}"


_STATUS_WORDS = {
    _Status.OPEN: ("opened it", "Opened"),
    _Status.PENDING: ("set it to pending", "Pending"),
    _Status.CLOSED: ("closed it", "Closed"),
}
