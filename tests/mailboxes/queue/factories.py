"""Conversations for the tests of the queue: rows without messages, many at once."""

from datetime import datetime, timedelta
from typing import Any

from mailboxes.models import Conversation, FilterRule, FilterSet, Mailbox, Tag, Topic
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope


def make_conversation(mailbox: Mailbox, subject: str = "Quote", **fields: Any) -> Conversation:
    """Make a conversation that came in now, or at `last_at`."""
    [made] = make_conversations(mailbox, [subject], **fields)
    return made


def make_conversations(
    mailbox: Mailbox, subjects: list[str], *, last_at: datetime | None = None, **fields: Any
) -> list[Conversation]:
    """Make one for each subject, the first one the newest."""
    newest = last_at or clock.now()
    with tenant_scope(mailbox.tenant_id):
        return Conversation.objects.bulk_create(
            Conversation(
                **{
                    "tenant_id": mailbox.tenant_id,
                    "mailbox": mailbox,
                    "subject": subject,
                    "correspondent_address": "nina@customer.example",
                    "created_at": newest,
                    "last_at": newest - timedelta(minutes=number),
                    "last_received_at": newest - timedelta(minutes=number),
                    "message_count": 1,
                    **fields,
                }
            )
            for number, subject in enumerate(subjects)
        )


def make_topic(mailbox: Mailbox, name: str) -> Topic:
    """Make a topic that the filters of the mailbox give."""
    common, now = {"tenant_id": mailbox.tenant_id}, clock.now()
    with tenant_scope(mailbox.tenant_id):
        topic: Topic = Topic.objects.create(**common, name=name, created_at=now)
        filters, _is_new = FilterSet.objects.get_or_create(
            **common, segment_id=mailbox.segment_id, name=mailbox.name, defaults={"created_at": now}
        )
        FilterRule.objects.create(**common, filter_set=filters, position=1, phrases=[name], topic=topic)
        Mailbox.objects.filter(pk=mailbox.pk).update(filter_set=filters)
        return topic


def make_tag(conversation: Conversation, name: str) -> Tag:
    """Make a tag that the conversation carries."""
    with tenant_scope(conversation.tenant_id):
        tag: Tag = Tag.objects.create(tenant_id=conversation.tenant_id, name=name)
        conversation.conversation_tags.create(tenant_id=conversation.tenant_id, tag=tag)
        return tag


def as_it_is(conversation: Conversation) -> Conversation:
    """Return the conversation as the database has it now."""
    with tenant_scope(conversation.tenant_id):
        return conversation.refreshed()
