"""Files a received message in its conversation, or opens one (SPEC I4)."""

from typing import Any

from mailboxes.addresses import Address, normalise
from mailboxes.classifying import Kind
from mailboxes.models import Conversation, ConversationEvent, Message, OutgoingMessage
from mailboxes.receiving.received import Next, Received
from mailboxes.receiving.writes import ConversationChange
from mailboxes.standing.copies import concerns_copies_only
from mailboxes.subjects import subject_key
from mailhub.lib.headers import clean_header

# What a machine sends brings nothing back that was closed: nobody waits for an answer to it.
_REOPENS_NOTHING = frozenset({Kind.AUTO_REPLY, Kind.DELAYED, Kind.FEEDBACK_REPORT, Kind.UNSUBSCRIBE})


def file_in_conversation(received: Received) -> Next:
    """Join the conversation that `match` found, or open a new one, and bring its summary up to date."""
    conversation = received.joins
    if conversation is None:
        conversation = _new(received)
        received.writes.open(conversation)
        received.opened_conversation = True
        received.note("file", "Opened a conversation.")
    else:
        received.writes.change(_addition(received, conversation))
        received.note("file", "Joined the conversation.")
    received.conversation = received.message.conversation = conversation
    _remember(received, conversation)
    return Next.CONTINUE


def _new(received: Received) -> Conversation:
    message = received.message
    if received.is_written_by_us:
        return _new_of_ours(received)
    return Conversation(
        tenant_id=message.tenant_id,
        mailbox_id=message.mailbox_id,
        subject=message.subject,
        subject_key=subject_key(message.subject),
        correspondent_name=message.from_name,
        correspondent_address=message.from_address,
        snippet=message.snippet,
        message_count=1,
        created_at=received.now,
        last_at=message.received_at,
        **_state_of_new(received),
        has_attachment=_has_attachment(received),
        related_to=received.related_to,
    )


def _state_of_new(received: Received) -> dict[str, Any]:
    """Mail that was there before the server was added waits for nobody, and nobody has to look at it."""
    if received.message.is_archived:
        return {"status": Conversation.Status.CLOSED}
    arrived = {"last_received_at": received.message.stored_at}
    return arrived | {"status": Conversation.Status.SPAM} if received.message.spam_because else arrived


def _new_of_ours(received: Received) -> Conversation:
    """Open a conversation that nobody has to look at, for the answers to join (SPEC M28)."""
    message = received.message
    first = next(iter((*received.mail.to, *received.mail.cc)), Address("", ""))
    return Conversation(
        tenant_id=message.tenant_id,
        mailbox_id=message.mailbox_id,
        subject=message.subject,
        subject_key=subject_key(message.subject),
        status=Conversation.Status.CLOSED,
        correspondent_name=clean_header(first.display_name)[:200],
        correspondent_address=first.addr_spec[:320],
        snippet=message.snippet,
        message_count=1,
        created_at=received.now,
        last_at=message.received_at,
        has_attachment=_has_attachment(received),
        related_to=received.related_to,
    )


def _addition(received: Received, conversation: Conversation) -> ConversationChange:
    message = received.message
    change = ConversationChange(conversation, message_count=1, last_at=message.received_at, snippet=message.snippet)
    if _has_attachment(received):
        change.values["has_attachment"] = True
    if received.is_written_by_us or message.is_archived:
        # What a person sent from another program, or what is old, is nothing that somebody has to read: it reopens
        # nothing.
        change.is_snippet_of_newest = True
        return change
    change.last_received_at = message.stored_at
    if reopens_nothing(received) or _is_more_spam(message, conversation):
        return change
    # What was put off has its news now.
    change.values |= {"status": Conversation.Status.OPEN, "snoozed_until": None, "snoozed_by": None}
    if conversation.status == Conversation.Status.SNOOZED:
        _note_waking(received, conversation)
    return change


def _has_attachment(received: Received) -> bool:
    """Whether it brings a file that people get; a picture inside the text is none."""
    return any(not (one.is_inline or one.removed_because) for one in received.attachments)


def reopens_nothing(received: Received) -> bool:
    """Whether a mail is no news for who works on the conversation: a machine's, or about a copy that bounced.

    Nobody waits for the mail of a sequence that bounced either: the sequence stops by itself.
    """
    found = received.classification
    if found.kind == Kind.BOUNCE and received.answers is not None:
        if received.answers.origin == OutgoingMessage.Origin.SEQUENCE:
            return True
        return concerns_copies_only(found.recipients, received.answers)
    return found.kind in _REOPENS_NOTHING


def _is_more_spam(message: Message, conversation: Conversation) -> bool:
    return bool(message.spam_because) and conversation.status == Conversation.Status.SPAM


def _note_waking(received: Received, conversation: Conversation) -> None:
    event = ConversationEvent(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        kind=ConversationEvent.Kind.WOKEN,
        words="Back, as something came in",
        at=received.now,
    )
    received.writes.create([event])
    # For the messages of the same window that come behind.
    conversation.status = Conversation.Status.OPEN


def _remember(received: Received, conversation: Conversation) -> None:
    mail = received.mail
    people = set(received.recipients)
    if received.sender in received.window.own_addresses and not received.is_written_by_us:
        # Anybody can write our address into From: whom he copies does not take part by that (SECURITY B076).
        people = set()
    elif not received.is_written_by_us:
        people |= {normalise(one.addr_spec) for one in (*mail.from_, *mail.reply_to) if one.addr_spec}
    new = people - received.window.own_addresses - received.window.participants[conversation.pk]
    received.writes.create(conversation.participants_for(new))
    received.window.participants[conversation.pk] |= new
    received.window.remember(received.message, conversation)
