"""Threads that do the same at the same moment, and clocks that are wrong: of many one gets it."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from django.db import connection
from pytest_django import Settings

from mailboxes import claiming, delivering, storing, tasks
from mailboxes.models import Conversation, Delivery, DeliveryAttempt, Mailbox, Message
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Endpoint, Protocol, Security
from servers.inbox import Entry, Fetched
from servers.models import Folder, IncomingServer, OutgoingServer
from tests.factories import make_incoming, make_mailbox
from tests.realservers.mail import MailServers
from tests.reliability.office import (
    Correspondents,
    Office,
    lease,
    make_office,
    make_real_office,
    numbered_mail,
    numbers,
    states,
)

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6
NOWHERE = Endpoint("127.0.0.1", 1, Security.NONE)

_Result = TypeVar("_Result")


@pytest.fixture
def office() -> Office:
    return make_office()


def test_of_many_workers_one_leases_a_server_that_is_due(office: Office) -> None:
    for _ in range(5):
        make_incoming(make_mailbox(office.tenant))

    claimed = _at_once(office, lambda: IncomingServer.objects.claim_due(clock.now()))

    leased = [server.pk for servers in claimed for server in servers]
    assert len(leased) == len(set(leased)) == 5


def test_of_many_bells_with_one_token_one_begins_the_poll(office: Office) -> None:
    incoming = make_incoming(office.mailbox)
    with tenant_scope(office.tenant.pk):
        token = lease(incoming)

    assert sorted(_at_once(office, lambda: incoming.begin_poll(token))) == [False] * (THREADS - 1) + [True]


def test_a_window_that_was_fetched_under_a_lease_that_ended_is_not_stored(office: Office) -> None:
    incoming = make_incoming(office.mailbox)
    raw = numbered_mail(1)
    with tenant_scope(office.tenant.pk):
        folder = Folder.objects.create(tenant=office.tenant, server=incoming, uidvalidity=1)
        late_token = lease(incoming)
        assert incoming.begin_poll(late_token)
        token = lease(incoming)
        fetched = [Fetched(Entry("1", len(raw), uid=1), raw)]

        with pytest.raises(storing.LeaseLost):
            storing.store(incoming, folder, fetched, token=late_token, now=clock.now())
        assert not Message.objects.exists()
        assert Folder.objects.get().last_uid == 0

        assert storing.store(incoming, folder, fetched, token=token, now=clock.now()) == 1


def test_of_many_workers_one_receives_into_a_mailbox(office: Office) -> None:
    won = _at_once(office, lambda: Mailbox.objects.get().claim_receiving(uuid.uuid4()))

    assert sorted(won) == [False] * (THREADS - 1) + [True]


def test_every_delivery_is_claimed_by_one_worker(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        server = office.outgoing_through(NOWHERE)
        for number in range(10):
            office.submit(server, "a@customers.example", "b@customers.example", number=number)

    claimed = _at_once(office, lambda: claiming.claim(server, uuid.uuid4(), now=clock.now(), limit=10))

    with tenant_scope(office.tenant.pk):
        assert Delivery.objects.filter(state=Delivery.State.CLAIMED).count() == 20
        attempts = {attempt.pk for each in claimed for attempt in each}
        assert set(Delivery.objects.values_list("attempt", flat=True)) == attempts
        # Who came too late left no attempt behind.
        assert DeliveryAttempt.objects.count() == len(attempts)


def test_one_of_many_may_send_the_final_dot(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        server = office.outgoing_through(NOWHERE)
        office.submit(server, "a@customers.example")
        [attempt] = claiming.claim(server, uuid.uuid4(), now=clock.now(), limit=10)

    may = _at_once(office, lambda: claiming.mark_dot_pending(attempt, ["a@customers.example"]))

    assert sorted(may) == [False] * (THREADS - 1) + [True]


def test_the_mark_before_the_dot_covers_everyone_accepted_or_is_not_made(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        server = office.outgoing_through(NOWHERE)
        outgoing = office.submit(server, "a@customers.example")
        [attempt] = claiming.claim(server, uuid.uuid4(), now=clock.now(), limit=10)

        assert not claiming.mark_dot_pending(attempt, ["a@customers.example", "b@customers.example"])

        assert set(states(outgoing).values()) == {Delivery.State.CLAIMED}
        assert DeliveryAttempt.objects.get().state == DeliveryAttempt.State.CLAIMED


def test_the_sweep_and_a_late_worker_do_not_both_get_a_delivery(office: Office) -> None:
    with tenant_scope(office.tenant.pk):
        server = office.outgoing_through(NOWHERE)
        outgoing = office.submit(server, "a@customers.example")
        [attempt] = claiming.claim(server, uuid.uuid4(), now=clock.now(), limit=10)
        DeliveryAttempt.objects.update(lease_until=clock.now() - timedelta(seconds=1))

        assert not claiming.mark_dot_pending(attempt, ["a@customers.example"])
        _at_once(office, claiming.sweep_expired)

        assert set(states(outgoing).values()) == {Delivery.State.QUEUED}


@pytest.mark.usefixtures("allow_egress")
def test_one_task_delivered_many_times_in_parallel_has_one_effect(mail_servers: MailServers) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=False)
    reader = mail_servers.new_user("customers.example").address
    Correspondents(mail_servers, office.user.address).write(5)
    with tenant_scope(office.tenant.pk):
        outgoing = office.submit(office.outgoing, reader, number=1)
        token = lease(office.incoming)

    _at_once(office, lambda: tasks.deliver(office.tenant.pk, str(office.outgoing.pk)))
    _at_once(office, lambda: tasks.poll(office.tenant.pk, str(office.incoming.pk), str(token)))
    _at_once(office, lambda: tasks.receive(office.tenant.pk, str(office.mailbox.pk)))

    with tenant_scope(office.tenant.pk):
        assert set(states(outgoing).values()) == {Delivery.State.SENT}
        assert Message.objects.filter(state=Message.State.RECEIVED).count() == 5
        assert Conversation.objects.count() == 1 + 5
    assert numbers(mail_servers.wait_for_messages(reader, count=1)) == [1]


@pytest.mark.parametrize("drift", [timedelta(hours=-1), timedelta(days=1)])
def test_a_worker_whose_clock_is_wrong_takes_nothing_away_from_another(
    office: Office, settings: Settings, drift: timedelta
) -> None:
    incoming = make_incoming(office.mailbox)
    with tenant_scope(office.tenant.pk):
        token = lease(incoming)
        server = office.outgoing_through(NOWHERE)
        outgoing = office.submit(server, "a@customers.example")
        [attempt] = claiming.claim(server, uuid.uuid4(), now=clock.now(), limit=10)

        assert IncomingServer.objects.claim_due(clock.now() + drift) == []
        assert not delivering.deliver_due(server.pk, now=lambda: clock.now() + drift)
        claiming.sweep_expired()

        assert IncomingServer.objects.get().holds_poll(token)
        assert set(states(outgoing).values()) == {Delivery.State.CLAIMED}
        assert claiming.mark_dot_pending(attempt, ["a@customers.example"])
        assert OutgoingServer.objects.get().failure_count == 0


def _at_once(office: Office, do: Callable[[], _Result]) -> list[_Result]:
    """Do the same in many threads that start together, each with its own connection and the tenant's scope."""
    barrier = threading.Barrier(THREADS)
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            with tenant_scope(office.tenant.pk):
                barrier.wait(10)
                results.append(do())
        except BaseException as error:
            errors.append(error)
            raise
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return results
