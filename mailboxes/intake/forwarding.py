"""Passes rejected mail on to another address, as it came (SPEC M23, M24)."""

from functools import partial

from django.conf import settings
from django.urls import reverse

from mailboxes.addresses import Address
from mailboxes.automatic.sending import send
from mailboxes.composing import AttachmentUpload, Composition, CompositionRefused
from mailboxes.identifiers import new_message_id
from mailboxes.models import AutomaticMail, Message
from mailboxes.receiving.received import Received
from mailhub.tenancy.blobs import BlobMissing
from servers.models import OutgoingServer

# Larger mail is refused nearly everywhere, and grows by a third on its way.
MAX_FORWARDED_OCTETS = 25 * 1024 * 1024
# Beside the ids of discard filters, in the ledger of automatic mail.
ATTACHMENTS_KEY = "attachments"


def forward(received: Received, *, rule_key: str, to: str, what_happened: str) -> None:
    """Have the mail sent to `to` with a line that says what happened to it, unless the loop guard speaks against it."""
    compose = partial(_compose, received, to=to, what_happened=what_happened)
    send(received, source=AutomaticMail.Source.FORWARD, rule_key=rule_key, to=Address("", to), compose=compose)


def _compose(received: Received, server: OutgoingServer, *, to: str, what_happened: str) -> Composition:
    """Return a short mail of ours with the whole other mail attached. Raises CompositionRefused."""
    message = received.message
    if message.size > MAX_FORWARDED_OCTETS:
        raise CompositionRefused("It is too large to be forwarded.")
    try:
        raw = message.raw()
    except BlobMissing as error:
        raise CompositionRefused("The original is not there any more.") from error
    return Composition(
        from_=Address(server.display_name, server.from_address),
        to=(Address("", to),),
        subject=f"Rejected mail: {message.subject or '(no subject)'}",
        text=_text(received, what_happened),
        message_id=new_message_id(server.from_address.rpartition("@")[2]),
        date=received.now,
        attachments=(AttachmentUpload(f"{message.subject[:80] or 'message'}.eml", "message/rfc822", raw),),
    )


def _text(received: Received, what_happened: str) -> str:
    message = received.message
    return "\n".join(
        [
            f"{received.window.mailbox}: {what_happened}",
            "",
            f"From: {message.from_}",
            f"Subject: {message.subject}",
            "",
            "The mail is attached as it came. Nobody has checked it: open it, and what it brings along, with care.",
            _address_of(message),
        ]
    )


def _address_of(message: Message) -> str:
    return f"{settings.SITE_URL}{reverse('mailboxes:message-detail', args=[message.pk])}"
