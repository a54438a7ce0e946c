"""Gives a new conversation of a service mailbox its topic, by its words (SPEC M22)."""

from mailboxes.models import ConversationEvent
from mailboxes.receiving.received import Next, Received
from mailboxes.topics import finding


def filter_topic(received: Received) -> Next:
    """Set the topic of the first filter that fits, else the mailbox's own.

    New conversations only: in one that is there already, people may have chosen a topic, or none.
    """
    message, conversation = received.message, received.conversation
    if conversation is None or not received.opened_conversation or message.is_written_by_us or message.is_archived:
        return Next.CONTINUE
    filters = received.window.once(finding.load)
    if filters is None:
        return Next.CONTINUE
    found = filters.find(received.mail.subject, received.mail.text)
    topic = found.topic if found else filters.default_topic
    if topic is None:
        received.note("filter_topic", "No filter fits.")
        return Next.CONTINUE
    received.writes.set(conversation, topic=topic)
    # For the steps behind: the conversation itself is written at the end.
    conversation.topic = topic
    if found is None:
        received.note("filter_topic", f"No filter fits: the topic of the mailbox, {topic}.")
        return Next.CONTINUE
    received.note("filter_topic", f"“{found.phrase}” stands in the {found.place_words}: the topic {topic}.")
    received.writes.create(
        [
            ConversationEvent(
                tenant_id=message.tenant_id,
                conversation=conversation,
                kind=ConversationEvent.Kind.TOPIC_SET,
                words=f"Topic {topic}, by the filter “{found.phrase}”",
                at=received.now,
            )
        ]
    )
    return Next.CONTINUE
