"""A stop and the worker that delivers meet: before the final dot the stop wins, after it the mail is sent (SPEC S4)."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from mailboxes import delivering, outbox, tasks, withdrawing
from mailboxes.models import Delivery, DeliveryAttempt, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, SendingCount, StepSend
from sequences.running import following
from sequences.stopping import stop
from servers.endpoints import Security
from servers.models import OutgoingServer
from tests.factories import make_outgoing, make_person, make_tenant
from tests.realservers.mail import MailServers
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]

_State = Delivery.State
_Cause = Enrollment.Cause
ROUNDS = 6


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def server(tenant: Tenant, mail_servers: MailServers) -> OutgoingServer:
    user = mail_servers.new_user()
    return make_outgoing(
        make_marketing_mailbox(tenant, address=user.address),
        host="localhost",
        port=mail_servers.ports["smtp"],
        security=Security.NONE,
        username=user.address,
        password=user.password,
    )


def _submitted(server: OutgoingServer, address: str) -> Enrollment:
    """Return a contact whose first mail stands in the outbox."""
    sequence = make_sequence(
        server.mailbox, author=make_person(server.tenant), server=server, steps=[Mail(), Mail(subject="", delay=3)]
    )
    enrollment = enroll(sequence, make_contact(server.tenant, address))
    run(server.tenant, now=clock.now())
    return enrollment


def _stop(enrollment: Enrollment) -> None:
    with tenant_scope(enrollment.tenant_id):
        stop(Enrollment.objects.filter(pk=enrollment.pk), _Cause.PERSON, now=clock.now())


def _deliver(server: OutgoingServer) -> None:
    tasks.deliver(server.tenant_id, str(server.pk))


def _at(point: str, act: Callable[[], None]) -> Callable[[str], None]:
    """Return a failpoint at which something else happens once."""
    waiting = [act]

    def reached(name: str) -> None:
        if name == point and waiting:
            waiting.pop()()

    return reached


def test_stop_before_the_final_dot_wins(
    server: OutgoingServer, mail_servers: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = mail_servers.new_user("customers.example").address
    enrollment = _submitted(server, reader)
    monkeypatch.setattr(delivering, "failpoint", _at("deliver.offered", partial(_stop, enrollment)))

    _deliver(server)
    _deliver(server)

    with tenant_scope(server.tenant_id):
        send = StepSend.objects.get()
        assert Delivery.objects.get().state == _State.WITHDRAWN
        assert (send.withdrawn_at is not None, send.sent_at) == (True, None)
        assert enrollment.refreshed().state == Enrollment.State.STOPPED
        assert not DeliveryAttempt.objects.live().exists()
        # What it took of the limits is given back.
        assert set(SendingCount.objects.values_list("count", flat=True)) == {0}
    assert mail_servers.messages_in(reader) == []


def test_others_that_were_claimed_with_what_was_stopped_leave(
    server: OutgoingServer, mail_servers: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = [mail_servers.new_user("customers.example").address for _ in range(3)]
    enrollments = [_submitted(server, one) for one in readers]
    monkeypatch.setattr(delivering, "failpoint", _at("deliver.offered", partial(_stop, enrollments[0])))

    for _ in range(2):
        _deliver(server)

    with tenant_scope(server.tenant_id):
        states = dict(Delivery.objects.values_list("recipient", "state"))
    assert states == {readers[0]: _State.WITHDRAWN, readers[1]: _State.SENT, readers[2]: _State.SENT}
    assert [len(mail_servers.messages_in(one)) for one in readers] == [0, 1, 1]


def test_stop_at_the_final_dot_comes_too_late_for_this_mail_and_ends_the_rest(
    server: OutgoingServer, mail_servers: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = mail_servers.new_user("customers.example").address
    enrollment = _submitted(server, reader)
    monkeypatch.setattr(delivering, "failpoint", _at("deliver.dot_pending", partial(_stop, enrollment)))

    _deliver(server)
    with tenant_scope(server.tenant_id):
        following.follow(enrollment.pk, now=clock.now())

        send = StepSend.objects.get()
        found = enrollment.refreshed()
        assert Delivery.objects.get().state == _State.SENT
        assert (send.withdrawn_at, send.sent_at is not None) == (None, True)
        assert (found.state, found.due_at) == (Enrollment.State.STOPPED, None)
    assert len(mail_servers.wait_for_messages(reader, count=1)) == 1


def test_of_a_stop_and_a_delivery_in_one_moment_exactly_one_comes_first(
    server: OutgoingServer, mail_servers: MailServers
) -> None:
    for number in range(ROUNDS):
        reader = mail_servers.new_user("customers.example").address
        enrollment = _submitted(server, reader)

        _race(server, enrollment, head_start=number * 0.02)

        with tenant_scope(server.tenant_id):
            state = Delivery.objects.get(recipient=reader).state
            send = StepSend.objects.get(enrollment=enrollment)
            assert enrollment.refreshed().state == Enrollment.State.STOPPED
            assert state in (_State.SENT, _State.WITHDRAWN)
            assert (send.withdrawn_at is not None) == (state == _State.WITHDRAWN)
        expected = 1 if state == _State.SENT else 0
        assert len(mail_servers.wait_for_messages(reader, count=expected)) == expected


def test_withdrawing_names_what_was_taken_back_and_leaves_the_rest(server: OutgoingServer) -> None:
    first, second = (_submitted(server, f"{name}@customers.example") for name in ("ada", "bob"))
    with tenant_scope(server.tenant_id):
        mails = [StepSend.objects.get(enrollment=one).outgoing_message_id for one in (first, second)]
        Delivery.objects.filter(outgoing_message=mails[1]).update(state=_State.DOT_PENDING)

        taken_back = withdrawing.withdraw(mails, because="Not now.", now=clock.now())
        again = withdrawing.withdraw(mails, because="Not now.", now=clock.now())

        delivery = Delivery.objects.get(outgoing_message=mails[0])
        assert (taken_back, again) == ({mails[0]}, set())
        assert (delivery.state, delivery.reply_text) == (_State.WITHDRAWN, "Not now.")
        assert outbox.retry_failed(OutgoingMessage.objects.get(pk=mails[0]), now=clock.now()) == 0


def _race(server: OutgoingServer, enrollment: Enrollment, *, head_start: float) -> None:
    def deliver() -> None:
        try:
            _deliver(server)
        finally:
            connection.close()

    thread = threading.Thread(target=deliver)
    thread.start()
    time.sleep(head_start)
    _stop(enrollment)
    thread.join(30)
    # What was given back to the queue leaves with the next bell.
    _deliver(server)
