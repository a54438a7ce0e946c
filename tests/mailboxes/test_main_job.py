"""The main job without a browser: what is sent is answered, fetched, stored, matched and filed. On real servers."""

import uuid
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest

from mailboxes import delivering, polling, receiving, writing
from mailboxes.addresses import Address
from mailboxes.models import Conversation, Delivery, Message, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.lib.secret import Secret
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer, OutgoingServer, ServerError
from tests.factories import make_incoming, make_mailbox, make_outgoing, make_person, make_tenant
from tests.realservers.mail import MailServers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]


class Office:
    """One tenant with one mailbox on the real servers, and a customer who has a mailbox there too."""

    def __init__(self, servers: MailServers, protocol: Protocol, security: Security, *, copy_mail: bool) -> None:
        self.servers = servers
        self.ours, self.customer = servers.new_user(), servers.new_user("customers.example")
        self.tenant = make_tenant()
        self.person = make_person(self.tenant)
        self.mailbox = make_mailbox(self.tenant, address=self.ours.address)
        port = {
            (Protocol.IMAP, Security.TLS): "imaps",
            (Protocol.POP3, Security.TLS): "pop3s",
        }.get((protocol, security), protocol.value)
        self.incoming = make_incoming(
            self.mailbox,
            protocol=protocol,
            host="localhost",
            port=servers.ports[port],
            security=security,
            username=self.ours.address,
            password=self.ours.password,
            copy_mail=copy_mail,
        )
        self.outgoing = make_outgoing(
            self.mailbox,
            host="localhost",
            port=servers.ports["smtps" if security == Security.TLS else "smtp"],
            security=security,
            username=self.ours.address,
            password=self.ours.password,
        )

    def send(self, *to: str) -> OutgoingMessage:
        letter = writing.Letter(
            id=new_id(),
            server=self.outgoing,
            to=tuple(Address("", one) for one in to),
            cc=(),
            subject="Your quote",
            text="Here is the quote.",
            html="<p>Here is the <b>quote</b>.</p>",
            attachments=(),
            written_by=self.person,
        )
        outgoing = writing.send_new(letter, now=clock.now())
        delivering.deliver_due(self.outgoing.pk, now=clock.now)
        return outgoing

    def poll(self) -> None:
        IncomingServer.objects.filter(pk=self.incoming.pk).update(next_poll_at=clock.now())
        claimed = {one.pk: one for one in IncomingServer.objects.claim_due(clock.now())}
        server = claimed[self.incoming.pk]
        assert isinstance(server.poll_token, uuid.UUID)
        polling.poll(server.pk, server.poll_token, now=clock.now, stored=lambda _mailbox: None)
        receiving.receive_waiting(self.mailbox.pk, now=clock.now)

    def customer_replies(self) -> None:
        """Answer the newest mail in the customer's inbox, as a mail program does."""
        got = BytesParser(policy=default).parsebytes(self.servers.wait_for_messages(self.customer.address, count=1)[-1])
        reply = EmailMessage()
        reply["From"] = self.customer.address
        reply["To"] = got["From"]
        reply["Subject"] = f"Re: {got['Subject']}"
        reply["Message-ID"] = f"<{uuid.uuid4().hex}@customers.example>"
        reply["In-Reply-To"] = got["Message-ID"]
        reply["References"] = got["Message-ID"]
        reply.set_content("Thanks, that is fine.")
        self.servers.deliver(self.ours.address, reply.as_bytes())


@pytest.mark.parametrize(
    ("protocol", "security", "copy_mail"),
    [
        (Protocol.IMAP, Security.TLS, True),
        (Protocol.IMAP, Security.STARTTLS, False),
        (Protocol.IMAP, Security.NONE, True),
        (Protocol.POP3, Security.TLS, True),
        (Protocol.POP3, Security.STARTTLS, False),
        (Protocol.POP3, Security.NONE, False),
    ],
)
def test_a_reply_is_fetched_matched_and_stands_in_its_conversation(
    mail_servers: MailServers, protocol: Protocol, security: Security, copy_mail: bool
) -> None:
    office = Office(mail_servers, protocol, security, copy_mail=copy_mail)
    with tenant_scope(office.tenant.pk):
        outgoing = office.send(office.customer.address)
        office.customer_replies()

        office.poll()
        office.poll()

        reply = Message.objects.get()
        assert reply.answers_id == outgoing.pk
        assert reply.evidence == Message.Evidence.IN_REPLY_TO
        assert reply.conversation_id == outgoing.conversation_id
        assert reply.body.text.strip() == "Thanks, that is fine."
        assert Conversation.objects.get().message_count == 2
        assert outgoing.deliveries.get().state == Delivery.State.SENT
    left = mail_servers.messages_in(office.ours.address)
    assert len(left) == (1 if copy_mail else 0)


def test_a_refused_recipient_fails_and_the_accepted_one_gets_one_copy(mail_servers: MailServers) -> None:
    office = Office(mail_servers, Protocol.IMAP, Security.TLS, copy_mail=True)
    with tenant_scope(office.tenant.pk):
        outgoing = office.send(office.customer.address, "nobody@customers.example")
        delivering.deliver_due(office.outgoing.pk, now=clock.now)

        states = dict(outgoing.deliveries.values_list("recipient", "state"))
        refused = outgoing.deliveries.get(recipient="nobody@customers.example")

    assert states == {office.customer.address: Delivery.State.SENT, "nobody@customers.example": Delivery.State.FAILED}
    assert refused.reply_code == 550
    assert len(mail_servers.wait_for_messages(office.customer.address, count=1)) == 1


def test_a_wrong_password_stands_at_the_mailbox_in_the_servers_words(mail_servers: MailServers) -> None:
    office = Office(mail_servers, Protocol.IMAP, Security.TLS, copy_mail=True)
    with tenant_scope(office.tenant.pk):
        office.incoming.password = Secret("wrong-CANARY")
        office.incoming.save()

        office.poll()

        error = ServerError.objects.get()
        assert "Authentication failed" in error.words
        assert "CANARY" not in error.words
        assert IncomingServer.objects.get().failure_count == 1


def test_a_server_that_is_away_defers_everything_and_says_so(mail_servers: MailServers) -> None:
    office = Office(mail_servers, Protocol.IMAP, Security.TLS, copy_mail=True)
    with tenant_scope(office.tenant.pk):
        office.outgoing.password = Secret("wrong")
        office.outgoing.save()

        outgoing = office.send(office.customer.address, "second@customers.example")

        deliveries = list(outgoing.deliveries.all())
        server = OutgoingServer.objects.get()
        error = ServerError.objects.get()
    assert {one.state for one in deliveries} == {Delivery.State.DEFERRED}
    assert all(one.not_before == server.not_before for one in deliveries)
    assert server.failure_count == 1
    assert error.reply_code == 535
