"""Reply checks on real servers: submitted, delivered, fetched, recognised."""

import threading
import uuid
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.db import connection

from mailboxes import delivering, polling, receiving, reply_checking
from mailboxes.models import Conversation, Message, ReplyCheck, ReplyProbe
from mailboxes.reply_results import Outcome, Result, results_of
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer, OutgoingServer
from tests.factories import make_incoming, make_mailbox, make_outgoing, make_tenant
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]


class Office:
    """A mailbox on the real servers that is fetched by IMAP and keeps nothing there."""

    def __init__(self, servers: MailServers, **outgoing: str) -> None:
        self.servers = servers
        self.ours = servers.new_user()
        self.tenant = make_tenant()
        self.mailbox = make_mailbox(self.tenant, address=self.ours.address)
        self.incoming = self.add_incoming(self.ours)
        self.outgoing = make_outgoing(
            self.mailbox,
            host="localhost",
            port=servers.ports["smtp"],
            security=Security.NONE,
            username=self.ours.address,
            password=self.ours.password,
            **outgoing,
        )

    def add_incoming(self, user: MailUser, **fields: bool) -> IncomingServer:
        return make_incoming(
            self.mailbox,
            protocol=Protocol.IMAP,
            host="localhost",
            port=self.servers.ports["imap"],
            security=Security.NONE,
            username=user.address,
            password=user.password,
            copy_mail=False,
            **fields,
        )

    def check(self) -> ReplyCheck:
        check = reply_checking.start(self.outgoing, ReplyCheck.Reason.ASKED, now=clock.now())
        delivering.deliver_due(self.outgoing.pk, now=clock.now)
        return check

    def poll(self, server: IncomingServer) -> None:
        polling.poll(server.pk, _lease(server), now=clock.now, stored=lambda _mailbox: None)
        receiving.receive_waiting(self.mailbox.pk, now=clock.now)

    def result(self) -> Result:
        return results_of([OutgoingServer.objects.get(pk=self.outgoing.pk)], now=clock.now())[self.outgoing.pk]


def forward(servers: MailServers, elsewhere: MailUser, office: Office) -> None:
    """Pass on what arrived, as a server does that redirects (RFC 5321 §3.9): the message stays as it is."""
    for raw in servers.wait_for_messages(elsewhere.address, count=1):
        servers.deliver(office.ours.address, b"Received: by forwarder.example\r\n" + raw)


def test_own_address_arrives_and_leaves_no_trace_for_people(mail_servers: MailServers) -> None:
    office = Office(mail_servers)
    with tenant_scope(office.tenant.pk):
        office.check()
        mail_servers.wait_for_messages(office.ours.address, count=1)

        office.poll(office.incoming)

        found = office.result()
        assert found.outcome == Outcome.ARRIVED
        assert found.probes[0].arrived_through == office.incoming
        assert found.probes[0].sent_at is not None
        assert Message.objects.get().state == Message.State.PROBE
        assert not Conversation.objects.exists()
    assert mail_servers.messages_in(office.ours.address) == []


def test_alias_arrives_through_a_second_incoming_server(mail_servers: MailServers) -> None:
    alias = mail_servers.new_user("second.example")
    office = Office(mail_servers, from_address=alias.address)
    second = office.add_incoming(alias, is_primary=False)
    with tenant_scope(office.tenant.pk):
        office.check()
        mail_servers.wait_for_messages(alias.address, count=1)

        office.poll(office.incoming)
        office.poll(second)

        assert office.result().outcome == Outcome.ARRIVED
        assert office.result().probes[0].arrived_through == second


def test_forwarded_domain_arrives_in_the_main_inbox(mail_servers: MailServers) -> None:
    elsewhere = mail_servers.new_user("acmecorp.example")
    office = Office(mail_servers, from_address=elsewhere.address)
    with tenant_scope(office.tenant.pk):
        office.check()
        forward(mail_servers, elsewhere, office)

        office.poll(office.incoming)

        assert office.result().outcome == Outcome.ARRIVED


def test_reply_to_that_leads_elsewhere_is_missing(mail_servers: MailServers) -> None:
    elsewhere = mail_servers.new_user("elsewhere.example")
    office = Office(mail_servers, reply_to=elsewhere.address)
    with tenant_scope(office.tenant.pk):
        office.check()
        mail_servers.wait_for_messages(office.ours.address, count=1)
        office.poll(office.incoming)
        later = clock.now() + timedelta(minutes=11)

        with unscoped("the clock"):
            reply_checking.give_up_overdue(now=later)

        states = {probe.role: probe.state for probe in office.result().probes}
        assert states == {"from": ReplyProbe.State.ARRIVED, "reply_to": ReplyProbe.State.MISSING}
        assert office.result().has_failed
    found = mail_servers.wait_for_messages(elsewhere.address, count=1)[0]
    assert b"If you find it somewhere else" in found


def test_refused_address_is_told_in_the_servers_words(mail_servers: MailServers) -> None:
    office = Office(mail_servers, reply_to="nobody@mail.example")
    with tenant_scope(office.tenant.pk):
        office.check()

        found = office.result()
        [refused] = [probe for probe in found.probes if probe.role == ReplyProbe.Role.REPLY_TO]
        assert refused.state == ReplyProbe.State.NOT_SENT
        assert "nobody@mail.example" in refused.words


def test_bounce_that_comes_back_is_told_in_its_words(mail_servers: MailServers) -> None:
    # The submission server takes mail to this address, and finds out later that it has no mailbox.
    gone = MailUser("gone@mail.example", "gone")
    mail_servers._directory.add(gone)
    office = Office(mail_servers, reply_to=gone.address)
    with tenant_scope(office.tenant.pk):
        office.check()
        mail_servers.wait_for_messages(office.ours.address, count=2)

        office.poll(office.incoming)

        [bounced] = [probe for probe in office.result().probes if probe.role == ReplyProbe.Role.REPLY_TO]
        assert bounced.state == ReplyProbe.State.MISSING
        assert "gone@mail.example" in bounced.words
        assert set(Message.objects.values_list("state", flat=True)) == {Message.State.PROBE}


def test_forged_probe_is_ordinary_mail(mail_servers: MailServers) -> None:
    office = Office(mail_servers)
    forged = EmailMessage()
    forged["From"], forged["To"] = "mallory@elsewhere.example", office.ours.address
    forged["Subject"] = f"Reply check, nothing to do: probe-{'0' * 32}"
    forged["X-Mailhub-Probe"] = f"probe-{'0' * 32}"
    forged.set_content("Hello.")
    with tenant_scope(office.tenant.pk):
        check = reply_checking.start(office.outgoing, ReplyCheck.Reason.ASKED, now=clock.now())
        mail_servers.deliver(office.ours.address, forged.as_bytes())

        office.poll(office.incoming)

        assert Message.objects.get().state == Message.State.RECEIVED
        assert Conversation.objects.count() == 1
        assert check.probes.get().state == ReplyProbe.State.WAITING


def test_one_probe_taken_in_by_two_workers_is_one_result(mail_servers: MailServers) -> None:
    second = mail_servers.new_user("second.example")
    office = Office(mail_servers)
    other = office.add_incoming(second, is_primary=False)
    with tenant_scope(office.tenant.pk):
        office.check()
        raw = mail_servers.wait_for_messages(office.ours.address, count=1)[0]
        mail_servers.deliver(second.address, b"Received: by forwarder.example\r\n" + raw)

        workers = [
            threading.Thread(target=_take_in, args=(office, server, _lease(server)))
            for server in (office.incoming, other)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        # The one that found the mailbox taken left its message to the next bell.
        receiving.receive_waiting(office.mailbox.pk, now=clock.now)

        assert office.result().outcome == Outcome.ARRIVED
        assert list(Message.objects.values_list("state", flat=True)) == [Message.State.PROBE] * 2
        assert ReplyCheck.objects.get().finished_at is not None
        assert not Conversation.objects.exists()


def _lease(server: IncomingServer) -> uuid.UUID:
    IncomingServer.objects.filter(pk=server.pk).update(next_poll_at=clock.now())
    [claimed] = IncomingServer.objects.filter(pk=server.pk).claim_due(clock.now())
    assert claimed.poll_token is not None
    return claimed.poll_token


def _take_in(office: Office, server: IncomingServer, token: uuid.UUID) -> None:
    try:
        with tenant_scope(office.tenant.pk):
            polling.poll(server.pk, token, now=clock.now, stored=lambda _mailbox: None)
            receiving.receive_waiting(office.mailbox.pk, now=clock.now)
    finally:
        connection.close()
