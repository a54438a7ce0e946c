"""Replies on real servers: the contact reads the mail of a step and answers it, and we fetch the answer by IMAP."""

import smtplib
import ssl
import uuid
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from mailboxes import delivering, polling, receiving
from mailboxes.models import Mailbox
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, Sequence
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer, OutgoingServer
from tests.factories import make_incoming, make_outgoing, make_person, make_tenant
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]

REPLIED = (Enrollment.State.STOPPED, Enrollment.Cause.REPLIED)
WAITS = (Enrollment.State.ACTIVE, "")


@dataclass(frozen=True)
class Reader:
    """A contact with a mailbox of its own."""

    user: MailUser
    enrollment: Enrollment

    def state(self) -> tuple[str, str]:
        found = self.enrollment.refreshed()
        return found.state, found.cause


@dataclass(frozen=True)
class Office:
    """A marketing mailbox on the real servers, and three contacts who have got its first mail."""

    servers: MailServers
    tenant: Tenant
    mailbox: Mailbox
    incoming: IncomingServer
    readers: tuple[Reader, Reader, Reader]

    def answer(self, reader: Reader, *, to: str, quotes: bool = True) -> None:
        """Let a reader answer to an address."""
        [raw] = self.servers.wait_for_messages(reader.user.address, count=1)
        received = message_from_bytes(raw, policy=policy.default)
        mail = EmailMessage()
        mail["From"], mail["To"] = f"A reader <{reader.user.address}>", to
        mail["Subject"] = f"Re: {received['Subject']}" if quotes else "Your offer"
        mail["Message-ID"] = make_msgid(domain="customers.example")
        if quotes:
            mail["In-Reply-To"] = mail["References"] = str(received["Message-ID"])
        mail.set_content("Yes, let us talk.")
        context = ssl.create_default_context(cafile=self.servers.ca_file)
        with smtplib.SMTP("localhost", self.servers.ports["smtp"]) as submission:
            submission.starttls(context=context)
            submission.login(reader.user.address, reader.user.password)
            submission.send_message(mail, reader.user.address, [to])

    def forward(self, elsewhere: MailUser) -> None:
        """Pass on what arrived at another domain, as a server does that redirects (RFC 5321 §3.9)."""
        for raw in self.servers.wait_for_messages(elsewhere.address, count=1):
            self.servers.deliver(self.incoming.username, b"Received: by forwarder.example\r\n" + raw)

    def fetch(self, *, count: int) -> None:
        """Poll as a worker does, once the answers are there."""
        self.servers.wait_for_messages(self.incoming.username, count=count)
        IncomingServer.objects.filter(pk=self.incoming.pk).update(next_poll_at=clock.now())
        claimed = {one.pk: one for one in IncomingServer.objects.claim_due(clock.now())}
        token = claimed[self.incoming.pk].poll_token
        assert isinstance(token, uuid.UUID)
        polling.poll(self.incoming.pk, token, now=clock.now, stored=lambda _mailbox: None)
        receiving.receive_waiting(self.mailbox.pk, now=clock.now)


@pytest.fixture
def office(mail_servers: MailServers) -> Office:
    user = mail_servers.new_user()
    tenant = make_tenant()
    person = make_person(tenant)
    mailbox = make_marketing_mailbox(tenant, "Sales", address=user.address)
    at_server = {"host": "localhost", "security": Security.NONE, "username": user.address, "password": user.password}
    incoming = make_incoming(
        mailbox, protocol=Protocol.IMAP, port=mail_servers.ports["imap"], copy_mail=True, **at_server
    )
    outgoing = make_outgoing(mailbox, port=mail_servers.ports["smtp"], **at_server)
    with tenant_scope(tenant.pk):
        sequence = make_sequence(mailbox, author=person, server=outgoing, steps=[Mail(), Mail(subject="", delay=3)])
        first, second, third = (_reader(mail_servers, sequence) for _ in range(3))
        run(tenant, now=clock.now())
        _deliver(outgoing)
    return Office(mail_servers, tenant, mailbox, incoming, (first, second, third))


def _reader(servers: MailServers, sequence: Sequence) -> Reader:
    user = servers.new_user("customers.example")
    return Reader(user, enroll(sequence, make_contact(sequence.tenant, user.address)))


def _deliver(server: OutgoingServer) -> None:
    while delivering.deliver_due(server.pk, now=clock.now):
        pass


@pytest.mark.parametrize("quotes", [True, False])
def test_reply_to_an_alias_of_the_mailbox_stops_that_contact_alone(office: Office, quotes: bool) -> None:
    answers, *others = office.readers
    alias = office.mailbox.address.replace("@", "+team@")

    with tenant_scope(office.tenant.pk):
        office.answer(answers, to=alias, quotes=quotes)
        office.fetch(count=1)

        assert answers.state() == REPLIED
        assert [one.state() for one in others] == [WAITS, WAITS]


@pytest.mark.parametrize("quotes", [True, False])
def test_reply_through_a_forwarded_second_domain_stops_that_contact_alone(office: Office, quotes: bool) -> None:
    first, answers, last = office.readers
    second_domain = office.servers.new_user("second-domain.example")

    with tenant_scope(office.tenant.pk):
        # The second domain hands its mail on as it came: To says nothing of the mailbox that gets it.
        office.answer(answers, to=second_domain.address, quotes=quotes)
        office.forward(second_domain)
        office.fetch(count=1)

        assert answers.state() == REPLIED
        assert [one.state() for one in (first, last)] == [WAITS, WAITS]


def test_replies_by_both_ways_in_one_poll_stop_those_two(office: Office) -> None:
    first, second, last = office.readers
    second_domain = office.servers.new_user("second-domain.example")
    alias = office.mailbox.address.replace("@", "+team@")

    with tenant_scope(office.tenant.pk):
        office.answer(first, to=alias)
        office.answer(second, to=second_domain.address)
        office.forward(second_domain)
        office.fetch(count=2)

        assert [one.state() for one in (first, second, last)] == [REPLIED, REPLIED, WAITS]
