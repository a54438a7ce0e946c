"""Mail for tests: received through the real pipeline, and written as a person writes it."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from mailboxes import receiving, writing
from mailboxes.addresses import Address
from mailboxes.composing import AttachmentUpload
from mailboxes.models import Conversation, Delivery, Mailbox, Message, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


def make_raw(
    *,
    from_: str = "Nina Berg <nina@customer.example>",
    to: str = "support@acme.example",
    cc: str = "",
    subject: str = "Quote for 40 seats",
    text: str = "Could you send a quote?",
    html: str = "",
    in_reply_to: str = "",
    reply_to: str = "",
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = from_, to, subject
    mail["Message-ID"] = f"<{new_id()}@customer.example>"
    mail["Date"] = "Tue, 03 Mar 2026 09:12:00 +0000"
    for name, value in (("Cc", cc), ("In-Reply-To", in_reply_to), ("Reply-To", reply_to)):
        if value:
            mail[name] = value
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def receive(mailbox: Mailbox, mail: EmailMessage | bytes, *, at: datetime | None = None) -> Message:
    """Store a mail and take it through the pipeline, as if it had been fetched at `at`."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    now = at or clock.now()
    with tenant_scope(mailbox.tenant_id):
        message = Message.objects.create(
            tenant_id=mailbox.tenant_id,
            mailbox=mailbox,
            raw_sha256=blobs.put(mailbox.tenant_id, raw),
            size=len(raw),
            stored_at=now,
            received_at=now,
        )
        receiving.receive_waiting(mailbox.pk, now=lambda: now)
        return message.refreshed()


def conversation_of(message: Message) -> Conversation:
    assert message.conversation_id is not None
    with tenant_scope(message.tenant_id):
        return Conversation.objects.get(pk=message.conversation_id)


def send(
    server: OutgoingServer,
    written_by: Membership,
    *,
    to: str = "nina@customer.example",
    text: str = "Here is the quote.",
    html: str = "",
    conversation: Conversation | None = None,
    answers: Message | None = None,
    attachments: tuple[AttachmentUpload, ...] = (),
    at: datetime | None = None,
) -> OutgoingMessage:
    """Submit a letter; nothing is delivered."""
    letter = writing.Letter(
        id=new_id(),
        server=server,
        to=(Address("", to),),
        cc=(),
        subject="Your quote",
        text=text,
        html=html,
        attachments=attachments,
        written_by=written_by,
    )
    now = at or clock.now()
    with tenant_scope(server.tenant_id):
        if conversation is None:
            return writing.send_new(letter, now=now)
        return writing.send_reply(letter, conversation, answers, now=now)


def settle(outgoing: OutgoingMessage, state: Delivery.State, *, words: str = "250 OK") -> Delivery:
    """Put the delivery of a message with one recipient into a state."""
    with tenant_scope(outgoing.tenant_id):
        outgoing.deliveries.update(state=state, reply_text=words, settled_at=clock.now())
        return outgoing.deliveries.get()
