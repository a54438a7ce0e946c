"""Workers that die while they hand a message over: nobody gets two copies, and nothing is lost in silence."""

import pytest

from mailboxes import outbox
from mailboxes.models import Delivery, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Protocol
from tests.realservers.mail import MailServers
from tests.reliability.office import (
    RealOffice,
    end_attempt_leases,
    make_everything_due,
    make_real_office,
    numbers,
    states,
    twice,
)
from tests.reliability.workers import Runner

pytestmark = pytest.mark.django_db(transaction=True)

_State = Delivery.State
KILLS = 4


@pytest.fixture
def office(mail_servers: MailServers) -> RealOffice:
    return make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)


@pytest.mark.parametrize("point", ["deliver.claimed", "deliver.offered"])
def test_a_sender_killed_before_the_final_dot_is_followed_by_one_that_delivers_once(
    office: RealOffice, runner: Runner, point: str
) -> None:
    reader = office.servers.new_user("customers.example")

    with tenant_scope(office.tenant.pk):
        outgoing = office.submit(office.outgoing, reader.address, number=1)
        for _ in range(KILLS):
            assert _dies(office, runner, point)
            assert states(outgoing) == {reader.address: _State.CLAIMED}
            end_attempt_leases()
            assert states(outgoing) == {reader.address: _State.QUEUED}

        assert _delivers(office, runner)

        assert states(outgoing) == {reader.address: _State.SENT}
    assert len(office.servers.wait_for_messages(reader.address, count=1)) == 1


@pytest.mark.parametrize(("point", "copies"), [("deliver.dot_pending", 0), ("deliver.replied", 1)])
def test_a_sender_killed_at_the_final_dot_leaves_uncertain_what_is_never_sent_again_by_itself(
    office: RealOffice, runner: Runner, point: str, copies: int
) -> None:
    reader = office.servers.new_user("customers.example")

    with tenant_scope(office.tenant.pk):
        for number in range(1, KILLS + 1):
            outgoing = office.submit(office.outgoing, reader.address, number=number)
            assert _dies(office, runner, point)
            assert states(outgoing) == {reader.address: _State.DOT_PENDING}
            end_attempt_leases()
            assert states(outgoing) == {reader.address: _State.UNCERTAIN}
        make_everything_due()
        assert _delivers(office, runner)

        uncertain = Delivery.objects.get(outgoing_message=outgoing)
        assert set(Delivery.objects.values_list("state", flat=True)) == {_State.UNCERTAIN}
        assert "may have arrived" in uncertain.reply_text
        assert uncertain.settled_at is not None
        arrived = office.servers.wait_for_messages(reader.address, count=copies * KILLS)
        assert numbers(arrived) == list(range(1, copies * KILLS + 1))

        assert outbox.retry(uncertain, now=clock.now())
        assert not outbox.retry(uncertain, now=clock.now())
        assert _delivers(office, runner)

        assert states(outgoing) == {reader.address: _State.SENT}
    again = numbers(office.servers.wait_for_messages(reader.address, count=copies * KILLS + 1))
    assert again.count(KILLS) == copies + 1


def test_senders_killed_everywhere_among_many_messages_send_none_twice_and_lose_none_in_silence(
    office: RealOffice, runner: Runner
) -> None:
    readers = [office.servers.new_user("customers.example").address for _ in range(2)]
    points = ("deliver.claimed", "deliver.offered", "deliver.dot_pending", "deliver.replied")

    with tenant_scope(office.tenant.pk):
        for number in range(1, 31):
            office.submit(office.outgoing, *readers, number=number)
        for point in points * 3:
            assert _dies(office, runner, point)
            end_attempt_leases()
        assert _delivers(office, runner)
        end_attempt_leases()

        by_state = {
            state: sorted(_numbers_of(state)) for state in Delivery.objects.values_list("state", flat=True).distinct()
        }
    assert set(by_state) == {_State.SENT, _State.UNCERTAIN}
    # One message stood at its dot at each of the six kills.
    assert len(by_state[_State.UNCERTAIN]) == 2 * 6
    assert len(by_state[_State.SENT]) + len(by_state[_State.UNCERTAIN]) == 2 * 30
    sent = sorted(set(by_state[_State.SENT]))
    for reader in readers:
        # Three of the uncertain had in fact been taken.
        arrived = numbers(office.servers.wait_for_messages(reader, count=len(sent) + 3))
        assert twice(arrived) == []
        assert set(sent) <= set(arrived)
        assert set(arrived) - set(sent) <= set(by_state[_State.UNCERTAIN])
        assert len(arrived) == len(sent) + 3


def _dies(office: RealOffice, runner: Runner, point: str) -> bool:
    return runner.is_killed("deliver", office.tenant.pk, office.outgoing.pk, failpoint=point)


def _delivers(office: RealOffice, runner: Runner) -> bool:
    return runner.works("deliver", office.tenant.pk, office.outgoing.pk)


def _numbers_of(state: str) -> list[int]:
    subjects = OutgoingMessage.objects.filter(deliveries__state=state).values_list("subject", flat=True)
    return [int(subject.removeprefix("Number ")) for subject in subjects]
