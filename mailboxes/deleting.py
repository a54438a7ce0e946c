"""Deletes a mailbox with everything in it."""

from django.db import transaction

from mailboxes.models import Conversation, Mailbox, Message, OutgoingMessage


def what_goes_with(mailbox: Mailbox) -> list[str]:
    """Return, in words, what is deleted together with the mailbox (SPEC M1)."""
    counts = [
        (Conversation.objects.filter(mailbox=mailbox).count(), "conversation"),
        (Message.objects.filter(mailbox=mailbox).count(), "received message"),
        (OutgoingMessage.objects.filter(mailbox=mailbox).count(), "sent or waiting message"),
        (mailbox.incoming_servers.count(), "incoming server"),
        (mailbox.outgoing_servers.count(), "outgoing server"),
    ]
    return [f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s" for count, noun in counts if count]


def delete(mailbox: Mailbox) -> None:
    """Delete the mailbox, its servers and its mail. What is on the servers stays there."""
    with transaction.atomic():
        mailbox.delete()
