"""What servers do, again and again, decides the state that people see: it is retried, paused, told, and healed."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection, transaction
from pytest_django import Settings

from mailboxes import delivering, notices, polling
from mailboxes.models import Delivery, Message
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.endpoints import Protocol, Security
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer, OutgoingServer, ServerError
from servers.standing import Health, PauseReason
from tests.factories import make_incoming, make_outgoing
from tests.reliability.office import Office, lease, make_everything_due, make_office
from tests.servers.scripted import Answer, Script, imap, pop3, scripted_server, server_context, smtp

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = timedelta(days=3, hours=1)


@pytest.fixture
def office() -> Iterator[Office]:
    office = make_office()
    with tenant_scope(office.tenant.pk):
        yield office


def _poll(server: IncomingServer, *, at: datetime | None = None) -> IncomingServer:
    polling.poll(server.pk, lease(server), now=(lambda: at) if at else clock.now, stored=lambda _mailbox: None)
    refreshed: IncomingServer = server.refreshed()
    return refreshed


def _deliver(server: OutgoingServer) -> OutgoingServer:
    make_everything_due()
    delivering.deliver_due(server.pk, now=clock.now)
    refreshed: OutgoingServer = server.refreshed()
    return refreshed


def _tell() -> list[str]:
    mail.outbox.clear()
    with unscoped("a test tells all tenants"):
        notices.tell(now=clock.now())
    return [str(one.subject) for one in mail.outbox]


IMAP_REFUSAL: dict[str, Answer] = {"LOGIN": ["{tag} NO [AUTHENTICATIONFAILED] Invalid credentials"]}
POP3_REFUSAL: dict[str, Answer] = {"PASS": ["-ERR [AUTH] Invalid credentials"]}
SMTP_REFUSAL: dict[str, Answer] = {"AUTH": ["535 5.7.8 Invalid credentials"]}


@pytest.mark.parametrize(
    ("protocol", "refusing", "working"),
    [(Protocol.IMAP, imap(IMAP_REFUSAL), imap()), (Protocol.POP3, pop3(POP3_REFUSAL), pop3())],
    ids=["IMAP", "POP3"],
)
def test_three_days_of_refusals_pause_and_tell_once_and_a_success_closes_everything(
    office: Office, settings: Settings, protocol: Protocol, refusing: Script, working: Script
) -> None:
    began = clock.now() - DAYS
    with scripted_server(refusing, settings) as server, scripted_server(working, settings) as mended:
        incoming = office.incoming_from(server.endpoint(), protocol, copy_mail=True)

        first = _poll(incoming, at=began)
        assert (first.health, first.refused_since) == (Health.REFUSED, began)
        assert timedelta(minutes=1) <= first.next_poll_at - began <= timedelta(minutes=1.25)
        assert _tell() == []

        paused = _poll(incoming)
        assert (paused.health, paused.pause_reason) == (Health.PAUSED, PauseReason.SIGN_IN_REFUSED)
        assert IncomingServer.objects.claim_due(clock.now() + timedelta(days=1)) == []
        assert len(_tell()) == 1
        assert _tell() == []

        paused.try_again(now=clock.now())
        IncomingServer.objects.update(port=mended.port)
        healed = _poll(incoming)
        assert healed.health == Health.WORKING
        assert (healed.failure_count, healed.failing_since, healed.refused_since) == (0, None, None)
        assert (healed.last_failure, healed.last_failure_kind, healed.told_at) == ("", "", None)


def test_a_refused_sign_in_to_an_outgoing_server_counts_alike(office: Office, settings: Settings) -> None:
    with scripted_server(smtp(SMTP_REFUSAL), settings) as server, scripted_server(smtp(), settings) as mended:
        outgoing = make_outgoing(office.mailbox, host="127.0.0.1", port=server.port, security=Security.NONE)
        message = office.submit(outgoing, "a@customers.example")

        assert _deliver(outgoing).health == Health.REFUSED
        OutgoingServer.objects.update(refused_since=clock.now() - DAYS)
        paused = _deliver(outgoing)

        assert (paused.health, paused.pause_reason) == (Health.PAUSED, PauseReason.SIGN_IN_REFUSED)
        connections = server.connection_count
        _deliver(outgoing)
        assert server.connection_count == connections
        assert len(_tell()) == 1

        paused.try_again(now=clock.now())
        OutgoingServer.objects.update(port=mended.port)
        assert _deliver(outgoing).health == Health.WORKING
        assert message.deliveries.get().state == Delivery.State.SENT


def test_refused_recipients_do_not_touch_the_state_of_the_server(office: Office, settings: Settings) -> None:
    refusal: dict[str, Answer] = {"RCPT": ["550 5.1.1 No such user"]}
    with scripted_server(smtp(refusal), settings) as server:
        outgoing = office.outgoing_through(server.endpoint())
        office.submit(outgoing, "nobody@customers.example")

        assert _deliver(outgoing).health == Health.WORKING


def test_a_certificate_that_becomes_invalid_stops_polling_and_tells(
    office: Office, settings: Settings, tmp_path: Path
) -> None:
    """SECURITY B075."""
    empty: dict[str, Answer] = {"UID SEARCH": ["* SEARCH", "{tag} OK done"]}
    script = imap(empty, is_encrypted=True)
    with scripted_server(script, settings, context=server_context(tmp_path / "valid", settings)) as server:
        incoming = office.incoming_from(server.endpoint(Security.TLS), Protocol.IMAP, copy_mail=True)
        assert _poll(incoming).health == Health.WORKING

    context = server_context(tmp_path / "expired", settings, is_expired=True)
    with scripted_server(script, settings, context=context) as server:
        IncomingServer.objects.update(port=server.port)

        first = _poll(incoming, at=clock.now() - timedelta(minutes=11))
        assert (first.health, first.last_failure_kind) == (Health.FAILING, FailureKind.CERTIFICATE)
        assert first.needs_someone(clock.now())
        paused = _poll(incoming)

    assert (paused.health, paused.pause_reason) == (Health.PAUSED, PauseReason.CERTIFICATE)
    assert b"LOGIN" not in server.heard
    assert len(_tell()) == 1


def test_an_error_of_our_own_is_not_the_servers_fault_and_is_listed(office: Office) -> None:
    incoming = make_incoming(office.mailbox, protocol="gopher")

    with pytest.raises(ValueError, match="gopher"):
        _poll(incoming)

    failed = incoming.refreshed()
    assert (failed.health, failed.last_failure_kind) == (Health.RETRYING, FailureKind.INTERNAL)
    assert ServerError.objects.get().kind == FailureKind.INTERNAL
    assert not Message.objects.exists()


def test_the_same_failure_recorded_by_many_workers_at_once_is_one_row_that_counts_each(office: Office) -> None:
    incoming = make_incoming(office.mailbox)
    failure = ServerFailure(Operation.CONNECT, FailureKind.TRANSIENT, "The server did not answer in time.")
    all_are_there = threading.Barrier(8)

    def record() -> None:
        with tenant_scope(office.tenant.pk):
            all_are_there.wait(10)
            # As within a flow that does more than this.
            with transaction.atomic():
                ServerError.objects.record(incoming, failure, now=clock.now())
                IncomingServer.objects.filter(pk=incoming.pk).exists()
        connection.close()

    workers = [threading.Thread(target=record) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)

    assert ServerError.objects.get().count == 8


def test_two_workers_that_fail_at_once_pause_once(office: Office) -> None:
    outgoing = make_outgoing(office.mailbox)
    OutgoingServer.objects.update(refused_since=clock.now() - DAYS, failing_since=clock.now() - DAYS, failure_count=9)
    refusal = ServerFailure(Operation.SIGN_IN, FailureKind.SIGN_IN_REFUSED, "No.")
    paused_at: list[datetime | None] = []

    def fail() -> None:
        with tenant_scope(office.tenant.pk):
            outgoing.record_failure(refusal, now=clock.now())
            paused_at.append(OutgoingServer.objects.get().paused_at)
        connection.close()

    workers = [threading.Thread(target=fail) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)

    failed = OutgoingServer.objects.get()
    assert failed.failure_count == 13
    assert set(paused_at) == {failed.paused_at}
