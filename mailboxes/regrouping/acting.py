"""Merging, splitting, and saying where a message belongs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from mailboxes.models import Conversation, ConversationEvent, ConversationTag, Message, OutgoingMessage, Participant
from mailboxes.own_addresses import own_addresses
from mailboxes.queue import targets
from mailboxes.regrouping import belongings, reads, waking
from mailboxes.regrouping.holding import RegroupingRefused, hold
from mailboxes.regrouping.summarising import (
    item_of,
    items_of,
    set_correspondent,
    set_participants,
    set_subject,
    summarise,
)
from mailhub.tenancy.models import Membership

_Kind = ConversationEvent.Kind


def merge(conversation: Conversation, into: Conversation, membership: Membership, *, now: datetime) -> Conversation:
    """Move everything of a conversation into another one of the same mailbox, and return that; raise RegroupingRefused.

    Whoever takes part in one of them takes part in the whole. The surviving one keeps its subject, correspondent, topic
    and assignee where it has them, and is open if one of the two was.
    """
    if conversation.pk == into.pk:
        raise RegroupingRefused("This is one conversation already.")
    with transaction.atomic():
        held = hold(membership, [conversation.pk, into.pk])
        return _absorb(held[conversation.pk], held[into.pk], membership, now=now)


def split(
    conversation: Conversation, message_ids: Collection[UUID], membership: Membership, *, now: datetime
) -> Conversation:
    """Move messages, received and sent ones, to a new conversation of their own; raise RegroupingRefused.

    It is linked to the old one, and has its topic, tags and assignee. In both take part whom their messages name.
    """
    wanted = set(message_ids)
    if not wanted:
        raise RegroupingRefused("Choose at least one message.")
    with transaction.atomic():
        source = hold(membership, [conversation.pk])[conversation.pk]
        received = Message.objects.filter(conversation=source, pk__in=wanted)
        sent = OutgoingMessage.objects.filter(conversation=source, pk__in=wanted)
        count = received.count() + sent.count()
        if count < len(wanted):
            raise RegroupingRefused("Some of these messages are not in this conversation any more. Look again.")
        if count == _count(source):
            raise RegroupingRefused("A conversation keeps at least one message: choose fewer.")
        opened = _open_beside(source, now=now)
        received.update(conversation=opened)
        sent.update(conversation=opened)
        belongings.move_with(wanted, opened)
        _settle_parting(source, opened)
        moved = f"{count} message{'' if count == 1 else 's'}"
        _note(source, _Kind.SPLIT, f"{moved} moved to a new conversation, {_named(opened)}", membership, now=now)
        _note(opened, _Kind.SPLIT, f"{moved} split off {_named(source)}", membership, now=now)
    return opened


def rematch(message: Message, to: Conversation | None, membership: Membership, *, now: datetime) -> Conversation:
    """Move one received message to where a person says that it belongs: a conversation, or None for a new one.

    The person is the evidence from then on. A conversation that has nothing left is merged into the other. Raises
    RegroupingRefused.
    """
    if message.conversation_id is None:
        raise RegroupingRefused("This message is in no conversation.")
    if to is not None and to.pk == message.conversation_id:
        raise RegroupingRefused("The message is in this conversation already.")
    with transaction.atomic():
        held = hold(membership, [message.conversation_id, *([to.pk] if to is not None else [])])
        source = held[message.conversation_id]
        if not Message.objects.filter(pk=message.pk, conversation=source).exists():
            raise RegroupingRefused("Somebody moved this message in the same moment. Look again, then decide.")
        is_alone = _count(source) == 1
        if to is None and is_alone:
            raise RegroupingRefused("The message is in a conversation of its own already.")
        place = _open_beside(source, now=now) if to is None else held[to.pk]
        to_where = "a conversation of its own" if to is None else _named(place)
        _write_evidence(message, place, f"{membership.user} moved it from {_named(source)} to {to_where}.")
        if is_alone:
            return _absorb(source, place, membership, now=now)
        _move_one(message, source, place, is_new=to is None)
        did = f"A message of {message.from_address or 'nobody named'} moved"
        _note(source, _Kind.REMATCHED, f"{did} to {_named(place)}", membership, now=now)
        _note(place, _Kind.REMATCHED, f"{did} here from {_named(source)}", membership, now=now)
    return place


def join(conversation: Conversation, into: Conversation, membership: Membership, *, now: datetime) -> Conversation:
    """Put a conversation that stands alone into the one that it is linked to; raise RegroupingRefused.

    Where it is one message, a person says with this what it answers.
    """
    only = list(conversation.messages.all()[:2])
    if len(only) == 1 and not conversation.outgoing_messages.exists():
        return rematch(only[0], into, membership, now=now)
    return merge(conversation, into, membership, now=now)


def _absorb(source: Conversation, into: Conversation, membership: Membership, *, now: datetime) -> Conversation:
    """Move everything; both are held."""
    count, named = _count(source), _named(source)
    newest_moved, newest_before = source.last_received_at, into.last_received_at
    Message.objects.filter(conversation=source).update(conversation=into)
    OutgoingMessage.objects.filter(conversation=source).update(conversation=into)
    into.add_participants(set(source.participants.values_list("address", flat=True)))
    Participant.objects.filter(conversation=source).delete()
    _copy_tags(source, into)
    ConversationTag.objects.filter(conversation=source).delete()
    ConversationEvent.objects.filter(conversation=source).update(conversation=into)
    belongings.move_all(source, into)
    _take_over_links(source, into)
    waking.wake_with(into, source)
    into.topic_id = into.topic_id or source.topic_id
    into.assignee_id = into.assignee_id or source.assignee_id
    into.priority = max(into.priority, source.priority)
    _bring_up_to_date(into)
    reads.carry(reads.reads_of(source), newest_moved=newest_moved, into=into, newest_before=newest_before)
    source.reads.all().delete()
    _retire(source, into)
    moved = f"{count} message{'' if count == 1 else 's'}"
    _note(into, _Kind.MERGED, f"{named} merged into this conversation: {moved}", membership, now=now)
    return into


def _move_one(message: Message, source: Conversation, place: Conversation, *, is_new: bool) -> None:
    newest_before, arrived_at = place.last_received_at, item_of(message).arrived_at
    Message.objects.filter(pk=message.pk).update(conversation=place)
    belongings.move_with([message.pk], place)
    if is_new:
        _settle_parting(source, place)
        return
    waking.wake_with(place, source)
    _bring_up_to_date(place)
    place.add_participants(set(item_of(message).people - own_addresses(place.mailbox)))
    reads.carry(reads.reads_of(source), newest_moved=arrived_at, into=place, newest_before=newest_before)
    _settle_rest(source)
    targets.follow([source, place])


def _settle_parting(source: Conversation, opened: Conversation) -> None:
    """Bring both halves up to date after messages left for a new conversation."""
    items = items_of(opened)
    set_subject(opened, items[0])
    set_correspondent(opened, items[0])
    summarise(opened, items)
    opened.save()
    set_participants(opened, items, own_addresses(opened.mailbox))
    reads.copy(reads.reads_of(source), opened)
    _settle_rest(source)
    targets.follow([source, opened])


def _settle_rest(source: Conversation) -> None:
    items = items_of(source)
    summarise(source, items)
    source.save()
    set_participants(source, items, own_addresses(source.mailbox))


def _bring_up_to_date(conversation: Conversation) -> None:
    items = items_of(conversation)
    if items:
        summarise(conversation, items)
    conversation.save()


def _open_beside(source: Conversation, *, now: datetime) -> Conversation:
    """Open a conversation of the same mailbox for messages that leave `source`."""
    opened: Conversation = Conversation.objects.create(
        tenant_id=source.tenant_id,
        mailbox_id=source.mailbox_id,
        status=source.status,
        snoozed_until=source.snoozed_until,
        snoozed_by_id=source.snoozed_by_id,
        created_at=now,
        last_at=source.last_at,
        related_to=source,
        topic_id=source.topic_id,
        assignee_id=source.assignee_id,
        priority=source.priority,
    )
    _copy_tags(source, opened)
    return opened


def _write_evidence(message: Message, place: Conversation, did: str) -> None:
    """Write down that a person decided. The message answers nothing of ours any more that stands elsewhere."""
    answers = message.answers
    if answers is not None and answers.conversation_id != place.pk:
        message.answers = None
    message.evidence = Message.Evidence.PERSON
    message.evidence_identifier = ""
    message.match_score = 100
    message.trace = [*message.trace, {"step": "rematch", "did": did}]
    message.save(update_fields=["answers", "evidence", "evidence_identifier", "match_score", "trace"])


def _take_over_links(source: Conversation, into: Conversation) -> None:
    """Let what is linked to one be linked to the other, and nothing to itself."""
    Conversation.objects.filter(related_to=source).exclude(pk=into.pk).update(related_to=into)
    if into.related_to_id in (None, source.pk):
        into.related_to_id = source.related_to_id if source.related_to_id != into.pk else None


def _copy_tags(source: Conversation, into: Conversation) -> None:
    tags = source.conversation_tags.values_list("tag_id", flat=True)
    rows = [ConversationTag(tenant_id=into.tenant_id, conversation=into, tag_id=tag_id) for tag_id in tags]
    ConversationTag.objects.bulk_create(rows, ignore_conflicts=True)


def _retire(source: Conversation, into: Conversation) -> None:
    """Take a conversation without messages off every list and count; its address leads to the other."""
    source.merged_into = into
    source.status = Conversation.Status.CLOSED
    source.snoozed_until, source.snoozed_by, source.reply_due_at = None, None, None
    source.message_count, source.last_received_at, source.related_to = 0, None, None
    source.save()


def _count(conversation: Conversation) -> int:
    return int(conversation.messages.count() + conversation.outgoing_messages.count())


def _note(
    conversation: Conversation, kind: ConversationEvent.Kind, words: str, membership: Membership, *, now: datetime
) -> None:
    ConversationEvent.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        kind=kind,
        membership=membership,
        words=words[:600],
        at=now,
    )


def _named(conversation: Conversation) -> str:
    subject = str(conversation)
    return f"“{subject if len(subject) <= _LONGEST_NAME else subject[:_LONGEST_NAME] + '…'}”"


_LONGEST_NAME = 100
