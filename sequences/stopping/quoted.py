"""Which mails of sequences a window of received mail is about, and whose contacts wrote; asked once for all of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from mailboxes.identifiers import candidate_keys, identifier_key
from mailboxes.models import Mailbox, OutgoingMessage, SentIdentifier
from mailboxes.receiving.received import Received
from sequences.contacts.finding import contacts_by_address
from sequences.models import Contact, Enrollment, StepSend


@dataclass
class Quoted:
    """What is known of the mails of one window."""

    # By the mail of ours.
    sends: dict[uuid.UUID, StepSend] = field(default_factory=dict)
    # By an identifier of ours that a mail quotes.
    by_identifier: dict[str, uuid.UUID] = field(default_factory=dict)
    # By address; those with a mail of a sequence through the mailbox of the window.
    contacts: dict[str, Contact] = field(default_factory=dict)

    @classmethod
    def load(cls, window: Collection[Received]) -> Quoted:
        """Look up every identifier, sender and failed recipient that these mails name, in six queries at most."""
        found = cls()
        found.by_identifier = _sent_under({text for one in window for text in _quoted_by(one)})
        answered = {one.answers.pk for one in window if one.answers is not None}
        mails = answered.union(found.by_identifier.values())
        if mails:
            rows = StepSend.objects.filter(outgoing_message__in=mails)
            for send in rows.select_related("contact", "enrollment", "sequence"):
                assert send.outgoing_message_id is not None
                found.sends[send.outgoing_message_id] = send
        mailbox = next(iter(window)).window.mailbox
        found.contacts = _written_from(mailbox, {address for one in window for address in _named_by(one)})
        return found

    def send_answered_by(self, received: Received) -> StepSend | None:
        """Return the mail of a step that a mail answers or reports on, also of another mailbox of the account."""
        if received.answers is not None:
            return self.sends.get(received.answers.pk)
        ids = (self.by_identifier[text] for text in _quoted_by(received) if text in self.by_identifier)
        return next((self.sends[one] for one in ids if one in self.sends), None)

    def contact_at(self, addresses: Iterable[str]) -> Contact | None:
        """Return who of those written to from this mailbox has one of these addresses."""
        return next((self.contacts[one] for one in addresses if one in self.contacts), None)


def addresses_of_failure(received: Received) -> list[str]:
    """Return whom a report names."""
    named = ((one.original_address, one.address) for one in received.classification.recipients[:_MOST_RECIPIENTS])
    return [address for pair in named for address in pair if address]


def _quoted_by(received: Received) -> tuple[str, ...]:
    mail = received.mail
    newest_first = (received.classification.original_message_id, *mail.in_reply_to, *reversed(mail.references))
    return candidate_keys(one for one in newest_first if one)


def _named_by(received: Received) -> list[str]:
    return [one for one in (received.sender, *addresses_of_failure(received)) if one]


def _sent_under(texts: set[str]) -> dict[str, uuid.UUID]:
    """Return mails of sequences by identifier, from any mailbox of the account that may run sequences."""
    if not texts:
        return {}
    rows = SentIdentifier.objects.filter(
        mailbox__in=Mailbox.objects.filter(kind=Mailbox.Kind.MARKETING),
        key__in={identifier_key(text) for text in texts},
        outgoing_message__origin=OutgoingMessage.Origin.SEQUENCE,
    )
    found = dict(rows.values_list("text", "outgoing_message_id"))
    return {text: outgoing_id for text, outgoing_id in found.items() if text in texts}


def _written_from(mailbox: Mailbox, addresses: set[str]) -> dict[str, Contact]:
    """Return the contacts at these addresses that sequences write to, or wrote to, through this mailbox."""
    if not addresses or mailbox.kind != Mailbox.Kind.MARKETING:
        return {}
    contacts = contacts_by_address(addresses)
    if not contacts:
        return {}
    enrolled = Enrollment.objects.filter(contact__in={one.pk for one in contacts.values()}, server__mailbox=mailbox)
    known = set(enrolled.values_list("contact_id", flat=True))
    return {address: contact for address, contact in contacts.items() if contact.pk in known}


_MOST_RECIPIENTS = 100
