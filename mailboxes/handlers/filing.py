"""Files a received message in its conversation, or opens one (SPEC I4)."""

from django.db.models import F
from django.db.models.functions import Greatest

from mailboxes.addresses import normalise
from mailboxes.models import Conversation, Message
from mailboxes.received import Next, Received


def file_in_conversation(received: Received) -> Next:
    """Join the conversation that `match` found, or open a new one, and bring its summary up to date."""
    conversation = received.joins
    if conversation is None:
        conversation = _open(received)
        received.note("file", "Opened a conversation.")
    else:
        _add(received.message, conversation)
        received.note("file", "Joined the conversation.")
    received.message.conversation = conversation
    _remember(received, conversation)
    return Next.CONTINUE


def _open(received: Received) -> Conversation:
    message = received.message
    return Conversation.objects.create(
        tenant_id=message.tenant_id,
        mailbox_id=message.mailbox_id,
        subject=message.subject,
        correspondent_name=message.from_name,
        correspondent_address=message.from_address,
        snippet=message.snippet,
        message_count=1,
        created_at=received.now,
        last_at=message.received_at,
        last_received_at=message.stored_at,
        related_to=received.related_to,
    )


def _add(message: Message, conversation: Conversation) -> None:
    # A person may answer in this moment: the database counts and compares, not this process.
    Conversation.objects.filter(pk=conversation.pk).update(
        snippet=message.snippet,
        status=Conversation.Status.OPEN,
        message_count=F("message_count") + 1,
        last_at=Greatest(F("last_at"), message.received_at),
        last_received_at=message.stored_at,
    )


def _remember(received: Received, conversation: Conversation) -> None:
    mail = received.mail
    people = {normalise(one.addr_spec) for one in (*mail.from_, *mail.reply_to, *mail.to, *mail.cc) if one.addr_spec}
    new = people - received.window.own_addresses - received.window.participants[conversation.pk]
    received.new_participants += conversation.participants_for(new)
    received.window.participants[conversation.pk] |= new
    received.window.remember(received.message, conversation)
