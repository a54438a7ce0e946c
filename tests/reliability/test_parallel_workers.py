"""Two real Celery workers on one broker and one database, every bell rung several times: everything happens once."""

import contextlib
import random
from collections.abc import Iterator

import pytest
from django.conf import settings

from mailboxes.models import Conversation, Delivery, Message, MessageOrigin
from mailhub.celery import app
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from servers.models import IncomingServer
from tests.realservers.mail import MailServers
from tests.reliability.office import Correspondents, StoredNumbers, lease, make_real_office, numbers
from tests.reliability.workers import CeleryWorkers, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 60


@pytest.fixture(scope="module")
def _running() -> Iterator[list[CeleryWorkers]]:
    running: list[CeleryWorkers] = []
    yield running
    for both in running:
        both.stop()


@pytest.fixture
def workers(
    _running: list[CeleryWorkers],
    file_database: str,
    allow_egress: None,
    redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[CeleryWorkers]:
    """Two worker processes, ready to work; started once, because that takes seconds."""
    if not _running:
        _running.append(CeleryWorkers(file_database, redis_url, tmp_path_factory.mktemp("workers")))
    [both] = _running
    yield both
    wait_until(both.is_idle)


def test_two_workers_fetch_and_send_everything_once_however_often_they_are_rung(
    mail_servers: MailServers, workers: CeleryWorkers
) -> None:
    office = make_real_office(mail_servers, Protocol.POP3, copy_mail=False)
    correspondents = Correspondents(mail_servers, office.user.address)
    correspondents.write(COUNT)
    readers = [mail_servers.new_user("customers.example").address for _ in range(2)]

    with tenant_scope(office.tenant.pk):
        for number in range(1, COUNT + 1):
            office.submit(office.outgoing, *readers, number=number)
        token = lease(office.incoming)
        bells: list[tuple[str, *tuple[object, ...]]] = [
            *[("deliver", office.tenant.pk, office.outgoing.pk)] * 5,
            *[("poll", office.tenant.pk, office.incoming.pk, token)] * 5,
            *[("receive", office.tenant.pk, office.mailbox.pk)] * 4,
            *[("sweep",)] * 4,
            *[("poll_due",)] * 4,
        ]
        random.Random(1).shuffle(bells)
        for task, *ids in bells:
            workers.ring(task, *ids)
        _work_until_done(workers, COUNT)
        # What was rung too often comes to its end and finds nothing to do.
        for task, *ids in bells:
            workers.ring(task, *ids)
        wait_until(workers.is_idle)

        assert StoredNumbers(office.mailbox).now() == correspondents.written
        assert Message.objects.values("conversation").distinct().count() == COUNT
        assert MessageOrigin.objects.filter(removal=MessageOrigin.Removal.DONE).count() == COUNT
        # Each letter opened a conversation, and so did each mail that came in.
        assert Conversation.objects.count() == 2 * COUNT
        assert set(Delivery.objects.values_list("state", "attempt_count")) == {(Delivery.State.SENT, 1)}
    assert office.numbers_on_server() == []
    for reader in readers:
        assert numbers(mail_servers.wait_for_messages(reader, count=COUNT)) == list(range(1, COUNT + 1))


def test_without_a_broker_mail_is_submitted_all_the_same_and_the_sweep_rings_for_it(
    mail_servers: MailServers, workers: CeleryWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    assert app.conf.broker_url == settings.BROKER_URL, "nobody listens there"
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    reader = mail_servers.new_user("customers.example").address
    Correspondents(mail_servers, office.user.address).write(1)

    with tenant_scope(office.tenant.pk):
        outgoing = office.submit(office.outgoing, reader, number=1)
        assert outgoing.deliveries.get().state == Delivery.State.QUEUED
        assert "The broker did not take mailboxes.tasks.deliver" in caplog.text
        IncomingServer.objects.update(next_poll_at=outgoing.created_at)

        workers.ring("poll_due")
        workers.ring("sweep")

        _work_until_done(workers, 1)

        assert outgoing.deliveries.get().state == Delivery.State.SENT
    assert len(mail_servers.wait_for_messages(reader, count=1)) == 1


def test_what_is_not_plain_json_is_rejected_and_ids_of_another_tenant_find_nothing(
    mail_servers: MailServers, workers: CeleryWorkers
) -> None:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    stranger = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    correspondents = Correspondents(mail_servers, office.user.address)
    correspondents.write(1)
    with tenant_scope(office.tenant.pk):
        outgoing = office.submit(office.outgoing, stranger.user.address, number=1)
        token = lease(office.incoming)

        workers.ring("deliver", office.tenant.pk, office.outgoing.pk, serializer="pickle")
        workers.ring("deliver", stranger.tenant.pk, office.outgoing.pk)
        workers.ring("poll", stranger.tenant.pk, office.incoming.pk, token)
        workers.ring("receive", stranger.tenant.pk, office.mailbox.pk)
        wait_until(lambda: "ContentDisallowed" in workers.log() and workers.is_idle())

        assert outgoing.deliveries.get().state == Delivery.State.QUEUED
        assert not Message.objects.exists()
        server = IncomingServer.objects.get()
        assert (server.poll_token, server.poll_started) == (token, False)

        # The workers live, and with the right tenant the same ids are served.
        workers.ring("deliver", office.tenant.pk, office.outgoing.pk)
        workers.ring("poll", office.tenant.pk, office.incoming.pk, token)
        wait_until(lambda: _is_done(1))


def _is_done(count: int) -> bool:
    return (
        Message.objects.filter(state=Message.State.RECEIVED).count() == count
        and not Delivery.objects.exclude(state=Delivery.State.SENT).exists()
        and IncomingServer.objects.filter(poll_token=None).exists()
    )


def _work_until_done(workers: CeleryWorkers, count: int) -> None:
    """Ring for the sweep now and then, as the clock does: a bell at the wrong moment starts nothing."""
    for _ in range(30):
        workers.ring("sweep")
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: _is_done(count), seconds=2)
            return
    raise TimeoutError("The workers did not finish.")
