"""What tests of matching do: send a letter, and take in a mail as a poll does."""

from email.message import EmailMessage

from mailboxes import receiving, writing
from mailboxes.addresses import Address
from mailboxes.models import Mailbox, Message, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from tests.factories import Cast, make_outgoing

CUSTOMER = "cleo@customers.example"


def send(cast: Cast, *to: str, mailbox: Mailbox | None = None, subject: str = "Your quote") -> OutgoingMessage:
    """Write a new letter from a mailbox of the cast."""
    letter = writing.Letter(
        id=new_id(),
        server=make_outgoing(mailbox or cast.mailbox),
        to=tuple(Address("", one) for one in to or (CUSTOMER,)),
        cc=(),
        subject=subject,
        text="Here it is.",
        html="",
        attachments=(),
        written_by=cast.owner,
    )
    return writing.send_new(letter, now=clock.now())


def receive(mailbox: Mailbox, from_: str = CUSTOMER, **headers: str) -> Message:
    """Take in a mail with these header fields; the subject answers the letter unless it is given."""
    mail = EmailMessage()
    mail["From"] = from_
    mail["To"] = mailbox.address
    for name, value in {"Subject": "Re: Your quote", **headers}.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(f"Thanks. {new_id()}")
    return receive_raw(mailbox, mail.as_bytes())


def receive_raw(mailbox: Mailbox, raw: bytes) -> Message:
    """Store a mail as a poll does, and take it through the pipeline."""
    message: Message = Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=blobs.put(mailbox.tenant_id, raw),
        size=len(raw),
        stored_at=clock.now(),
        received_at=clock.now(),
    )
    receiving.receive_waiting(mailbox.pk, now=clock.now)
    return message.refreshed()
