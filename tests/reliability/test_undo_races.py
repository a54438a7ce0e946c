"""Who takes a message back and the worker that sends it meet in one moment: one gets it, never both, never none.

SECURITY INV1 (nothing lost), INV2 and INV4 (nothing twice).
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from mailboxes import tasks
from mailboxes.models import Conversation, Delivery, Draft, OutgoingMessage
from mailboxes.writing import later
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Endpoint, Protocol, Security
from servers.models import OutgoingServer
from tests.mailboxes.mail.leaving import send_with_draft
from tests.realservers.mail import MailServers
from tests.reliability.office import Office, RealOffice, make_office, make_real_office, states

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8
NOWHERE = Endpoint("127.0.0.1", 1, Security.NONE)


@pytest.fixture
def office() -> Office:
    return make_office()


@pytest.mark.usefixtures("allow_egress")
def test_message_is_either_undone_or_sent_once(mail_servers: MailServers) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=False)
    undone, sent = 0, 0

    for number in range(ROUNDS):
        reader = mail_servers.new_user("customers.example").address
        outgoing = _due(office, reader)
        was_undone = _race(office, outgoing, head_start=number * 0.004)

        with tenant_scope(office.tenant.pk):
            if was_undone:
                undone += 1
                assert Draft.objects.unsent().filter(pk=outgoing.pk).exists()
                assert not OutgoingMessage.objects.filter(pk=outgoing.pk).exists()
                assert mail_servers.messages_in(reader) == []
            else:
                sent += 1
                assert set(states(outgoing).values()) == {Delivery.State.SENT}
                assert Draft.objects.get(pk=outgoing.pk).sent_as_id == outgoing.pk
                assert len(mail_servers.wait_for_messages(reader, count=1)) == 1

    assert undone + sent == ROUNDS


@pytest.mark.usefixtures("allow_egress")
def test_message_that_was_undone_never_arrives(mail_servers: MailServers) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=False)
    reader = mail_servers.new_user("customers.example").address
    outgoing = _due(office, reader)
    with tenant_scope(office.tenant.pk):
        later.undo(outgoing, by=office.person, now=clock.now())

    tasks.deliver(office.tenant.pk, str(office.outgoing.pk))

    assert mail_servers.messages_in(reader) == []


@pytest.mark.usefixtures("allow_egress")
def test_message_leaves_by_itself_when_it_cannot_be_undone_any_more(mail_servers: MailServers) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=False)
    reader = mail_servers.new_user("customers.example").address
    outgoing = send_with_draft(office.outgoing, office.person, to=reader)

    tasks.deliver(office.tenant.pk, str(office.outgoing.pk))
    with tenant_scope(office.tenant.pk):
        before = set(states(outgoing).values())
        # Ten seconds later.
        then = clock.now() - timedelta(seconds=1)
        OutgoingMessage.objects.update(send_at=then)
        Delivery.objects.update(not_before=then)
    tasks.deliver(office.tenant.pk, str(office.outgoing.pk))

    assert before == {Delivery.State.QUEUED}
    assert len(mail_servers.wait_for_messages(reader, count=1)) == 1


def test_of_two_clicks_on_undo_one_takes_it_back(office: Office) -> None:
    from_server = _server(office)
    for _ in range(4):
        outgoing = send_with_draft(from_server, office.person)

        results = _at_once(office, [partial(_undoes, office, outgoing.pk), partial(_undoes, office, outgoing.pk)])

        assert sorted(results) == [False, True]
        with tenant_scope(office.tenant.pk):
            assert Draft.objects.unsent().filter(pk=outgoing.pk).count() == 1
            assert not Conversation.objects.exists()


def test_undoing_and_sending_at_once_by_a_person_are_one_or_the_other(office: Office) -> None:
    from_server = _server(office)
    for _ in range(4):
        outgoing = send_with_draft(from_server, office.person)

        undone, _sent_now = _at_once(
            office, [partial(_undoes, office, outgoing.pk), partial(_sends_now, office, outgoing.pk)]
        )

        with tenant_scope(office.tenant.pk):
            left = Delivery.objects.filter(outgoing_message=outgoing.pk)
            assert left.exists() == (not undone)
            assert Draft.objects.unsent().filter(pk=outgoing.pk).exists() == undone


def _due(office: RealOffice, reader: str) -> OutgoingMessage:
    """Send a letter whose time to leave has just come."""
    now = clock.now()
    return send_with_draft(office.outgoing, office.person, to=reader, now=now, send_at=now - timedelta(milliseconds=1))


def _race(office: RealOffice, outgoing: OutgoingMessage, *, head_start: float) -> bool:
    """Deliver and, so many seconds later, undo; return whether it was undone."""

    def undo() -> bool:
        time.sleep(head_start)
        return _undoes(office, outgoing.pk)

    def deliver() -> bool:
        tasks.deliver(office.tenant.pk, str(office.outgoing.pk))
        return True

    undone, _delivered = _at_once(office, [undo, deliver])
    return undone


def _undoes(office: Office, outgoing_id: object) -> bool:
    try:
        later.undo(OutgoingMessage.objects.get(pk=outgoing_id), by=office.person, now=clock.now())
    except (later.TooLate, OutgoingMessage.DoesNotExist):
        return False
    return True


def _sends_now(office: Office, outgoing_id: object) -> bool:
    try:
        later.send_now(OutgoingMessage.objects.get(pk=outgoing_id), by=office.person, now=clock.now())
    except (later.TooLate, OutgoingMessage.DoesNotExist):
        return False
    return True


def _server(office: Office) -> OutgoingServer:
    with tenant_scope(office.tenant.pk):
        return office.outgoing_through(NOWHERE)


def _at_once(office: Office, steps: list[Callable[[], bool]]) -> list[bool]:
    """Do these in threads that start together, each with its own connection; return what each gave."""
    barrier = threading.Barrier(len(steps))
    results: dict[int, bool] = {}
    errors: list[BaseException] = []

    def run(number: int, step: Callable[[], bool]) -> None:
        try:
            with tenant_scope(office.tenant.pk):
                barrier.wait(10)
                results[number] = step()
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, step)) for number, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return [results[number] for number in range(len(steps))]
