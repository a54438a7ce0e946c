"""Workers that die while they fetch, store, remove and receive: nothing is lost and nothing is there twice.

The kills are real (SIGKILL), the servers are real, copy mail is off, and mail keeps coming in all the time.
"""

import pytest

from mailboxes.models import Conversation, Message, MessageOrigin
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from tests.realservers.mail import MailServers
from tests.reliability.office import (
    Correspondents,
    RealOffice,
    StoredNumbers,
    end_receive_lease,
    lease,
    make_real_office,
    twice,
)
from tests.reliability.workers import Runner

pytestmark = pytest.mark.django_db(transaction=True)

POLL_POINTS = (
    "poll.fetched",
    "poll.raw_stored",
    "poll.before_commit",
    "poll.stored",
    "poll.before_remove",
    "poll.before_quit",
)
ROUNDS = 3
RECEIVE_POINTS = ("receive.before_parse", "receive.parsed", "receive.before_commit")


@pytest.mark.parametrize("protocol", [Protocol.POP3, Protocol.IMAP])
def test_workers_killed_again_and_again_lose_nothing_and_store_nothing_twice(
    mail_servers: MailServers, runner: Runner, protocol: Protocol
) -> None:
    office = make_real_office(mail_servers, protocol, copy_mail=False)
    correspondents = Correspondents(mail_servers, office.user.address)
    kill_count = 0

    with tenant_scope(office.tenant.pk):
        stored = StoredNumbers(office.mailbox)
        with correspondents.keep_writing():
            for point in POLL_POINTS * ROUNDS:
                correspondents.write()
                kill_count += runner.is_killed(
                    "poll", office.tenant.pk, office.incoming.pk, lease(office.incoming), failpoint=point
                )
                _check_that_nothing_is_lost(office, correspondents, stored)
            for point in RECEIVE_POINTS:
                correspondents.write()
                _poll(office, runner)
                kill_count += runner.is_killed("receive", office.tenant.pk, office.mailbox.pk, failpoint=point)
                _check_that_nothing_is_lost(office, correspondents, stored)
                # What died alone passes alone; left to itself it would be set aside after three kills.
                end_receive_lease(office.mailbox)
                assert runner.works("receive", office.tenant.pk, office.mailbox.pk)
        _poll(office, runner)
        assert runner.works("receive", office.tenant.pk, office.mailbox.pk)

        assert kill_count == ROUNDS * len(POLL_POINTS) + len(RECEIVE_POINTS)
        assert stored.now() == correspondents.written
        assert office.numbers_on_server() == []
        _check_that_each_has_its_conversation(len(correspondents.written))
        assert set(MessageOrigin.objects.values_list("removal", flat=True)) == {MessageOrigin.Removal.DONE}
        assert MessageOrigin.objects.count() == len(correspondents.written)


def test_a_worker_that_lost_its_lease_meanwhile_stores_and_removes_nothing(
    mail_servers: MailServers, runner: Runner
) -> None:
    office = make_real_office(mail_servers, Protocol.POP3, copy_mail=False)
    correspondents = Correspondents(mail_servers, office.user.address)
    correspondents.write(3)

    with tenant_scope(office.tenant.pk):
        late_token = lease(office.incoming)
        token = lease(office.incoming)
        assert runner.works("poll", office.tenant.pk, office.incoming.pk, late_token)
        assert office.numbers_on_server() == [1, 2, 3]
        assert not Message.objects.exists()

        assert runner.works("poll", office.tenant.pk, office.incoming.pk, token)

        assert StoredNumbers(office.mailbox).now() == [1, 2, 3]
    assert office.numbers_on_server() == []


def _poll(office: RealOffice, runner: Runner) -> None:
    assert runner.works("poll", office.tenant.pk, office.incoming.pk, lease(office.incoming))


def _check_that_nothing_is_lost(office: RealOffice, correspondents: Correspondents, stored: StoredNumbers) -> None:
    """Each mail that the server took is still there or is stored here, and none is stored twice."""
    written = set(correspondents.written)
    on_server = set(office.numbers_on_server())
    in_mailbox = stored.now()
    assert written <= on_server | set(in_mailbox)
    assert twice(in_mailbox) == []


def _check_that_each_has_its_conversation(count: int) -> None:
    assert Message.objects.filter(state=Message.State.RECEIVED, conversation__isnull=False).count() == count
    assert Message.objects.values("conversation").distinct().count() == count
    assert Conversation.objects.count() == count
