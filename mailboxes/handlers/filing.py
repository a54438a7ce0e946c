"""Files a received message in its conversation, or opens one (SPEC I4)."""

from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest

from mailboxes.addresses import Address, normalise
from mailboxes.models import Conversation, Message
from mailboxes.received import Next, Received
from mailhub.lib.headers import clean_header


def file_in_conversation(received: Received) -> Next:
    """Join the conversation that `match` found, or open a new one, and bring its summary up to date."""
    conversation = received.joins
    if conversation is None:
        conversation = _open(received)
        received.note("file", "Opened a conversation.")
    else:
        _add(received, conversation)
        received.note("file", "Joined the conversation.")
    received.message.conversation = conversation
    _remember(received, conversation)
    return Next.CONTINUE


def _open(received: Received) -> Conversation:
    message = received.message
    if received.is_written_by_us:
        return _open_with_ours(received)
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


def _open_with_ours(received: Received) -> Conversation:
    """Open a conversation that nobody has to look at, for the answers to join (SPEC M28)."""
    message = received.message
    first = next(iter((*received.mail.to, *received.mail.cc)), Address("", ""))
    return Conversation.objects.create(
        tenant_id=message.tenant_id,
        mailbox_id=message.mailbox_id,
        subject=message.subject,
        status=Conversation.Status.CLOSED,
        correspondent_name=clean_header(first.display_name)[:200],
        correspondent_address=first.addr_spec[:320],
        snippet=message.snippet,
        message_count=1,
        created_at=received.now,
        last_at=message.received_at,
        related_to=received.related_to,
    )


def _add(received: Received, conversation: Conversation) -> None:
    message = received.message
    if received.is_written_by_us:
        _add_ours(message, conversation)
        return
    # A person may answer in this moment: the database counts and compares, not this process.
    Conversation.objects.filter(pk=conversation.pk).update(
        snippet=message.snippet,
        status=Conversation.Status.OPEN,
        message_count=F("message_count") + 1,
        last_at=Greatest(F("last_at"), message.received_at),
        last_received_at=message.stored_at,
    )


def _add_ours(message: Message, conversation: Conversation) -> None:
    """Add what a person sent from another program: nothing that somebody has to read, so it reopens nothing."""
    is_newest = Q(last_at__lte=message.received_at)
    Conversation.objects.filter(pk=conversation.pk).update(
        snippet=Case(When(is_newest, then=Value(message.snippet)), default=F("snippet")),
        message_count=F("message_count") + 1,
        last_at=Greatest(F("last_at"), message.received_at),
    )


def _remember(received: Received, conversation: Conversation) -> None:
    mail = received.mail
    people = set(received.recipients)
    if not received.is_written_by_us:
        people |= {normalise(one.addr_spec) for one in (*mail.from_, *mail.reply_to) if one.addr_spec}
    new = people - received.window.own_addresses - received.window.participants[conversation.pk]
    received.new_participants += conversation.participants_for(new)
    received.window.participants[conversation.pk] |= new
    received.window.remember(received.message, conversation)
