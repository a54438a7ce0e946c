"""Workers that die while they send the steps of a sequence: nobody gets one twice, and what is uncertain is listed."""

import pytest

from mailboxes.models import Delivery, Mailbox, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences.models import Enrollment, StepSend
from sequences.running import following
from servers.endpoints import Protocol
from tests.realservers.mail import MailServers
from tests.reliability.office import RealOffice, end_attempt_leases, make_everything_due, make_real_office
from tests.reliability.workers import Runner
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence

pytestmark = pytest.mark.django_db(transaction=True)

_State = Enrollment.State
RUN = "sequences.running.tasks.run_sequences"
STEPS = (Mail(), Mail(subject="And again"))


@pytest.fixture
def office(mail_servers: MailServers) -> RealOffice:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    with tenant_scope(office.tenant.pk):
        Mailbox.objects.filter(pk=office.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)
        office.mailbox.refresh_from_db()
    return office


def _enrolled(office: RealOffice) -> Enrollment:
    sequence = make_sequence(office.mailbox, author=office.person, server=office.outgoing, steps=STEPS)
    reader = office.servers.new_user("customers.example")
    return enroll(sequence, make_contact(office.tenant, reader.address))


def _end_leases(office: RealOffice) -> None:
    """Let the time of what a dead worker had claimed be over, and the sweep come by."""
    end_attempt_leases()
    with unscoped("the test does what the sweep does"):
        following.mark_forgotten()
        forgotten = following.forgotten(now=clock.now())
    with tenant_scope(office.tenant.pk):
        for _tenant_id, enrollment_id in forgotten:
            following.follow(enrollment_id, now=clock.now())
        Enrollment.objects.filter(state=_State.ACTIVE, due_at__isnull=False).update(due_at=clock.now())


def _subjects(office: RealOffice, enrollment: Enrollment, *, count: int) -> list[bytes]:
    raws = office.servers.wait_for_messages(enrollment.contact.address, count=count)
    return sorted(line for raw in raws for line in raw.splitlines() if line.startswith(b"Subject:"))


def test_runs_killed_at_every_point_submit_each_step_once(office: RealOffice, runner: Runner) -> None:
    enrollment = _enrolled(office)
    points = ("sequences.claimed", "sequences.prepared", "sequences.before_commit")

    for point in points * 2:
        assert runner.is_killed(RUN, office.tenant.pk, failpoint=point)
        with tenant_scope(office.tenant.pk):
            assert not OutgoingMessage.objects.exists()
        _end_leases(office)
    assert runner.is_killed(RUN, office.tenant.pk, failpoint="sequences.committed")
    _end_leases(office)
    assert runner.works(RUN, office.tenant.pk)
    assert runner.works("deliver", office.tenant.pk, office.outgoing.pk)
    _end_leases(office)
    for point in points:
        assert runner.is_killed(RUN, office.tenant.pk, failpoint=point)
        _end_leases(office)
    assert runner.works(RUN, office.tenant.pk)
    assert runner.works("deliver", office.tenant.pk, office.outgoing.pk)
    _end_leases(office)

    with tenant_scope(office.tenant.pk):
        assert StepSend.objects.filter(sent_at__isnull=False).count() == 2
        assert enrollment.refreshed().state == _State.FINISHED
    assert _subjects(office, enrollment, count=2) == [b"Subject: And again", b"Subject: Hello Ada"]


@pytest.mark.parametrize("point", ["deliver.claimed", "deliver.offered"])
def test_delivery_killed_before_the_dot_sends_the_step_once(office: RealOffice, runner: Runner, point: str) -> None:
    enrollment = _enrolled(office)
    assert runner.works(RUN, office.tenant.pk)

    for _ in range(2):
        assert runner.is_killed("deliver", office.tenant.pk, office.outgoing.pk, failpoint=point)
        _end_leases(office)
        assert runner.works(RUN, office.tenant.pk)
    assert runner.works("deliver", office.tenant.pk, office.outgoing.pk)

    assert _subjects(office, enrollment, count=1) == [b"Subject: Hello Ada"]


@pytest.mark.parametrize(("point", "copies"), [("deliver.dot_pending", 0), ("deliver.replied", 1)])
def test_delivery_killed_at_the_dot_pauses_the_contact_and_nothing_is_sent_again(
    office: RealOffice, runner: Runner, point: str, copies: int
) -> None:
    enrollment = _enrolled(office)
    assert runner.works(RUN, office.tenant.pk)

    assert runner.is_killed("deliver", office.tenant.pk, office.outgoing.pk, failpoint=point)
    _end_leases(office)
    for _ in range(2):
        with tenant_scope(office.tenant.pk):
            make_everything_due()
        assert runner.works(RUN, office.tenant.pk)
        assert runner.works("deliver", office.tenant.pk, office.outgoing.pk)
        _end_leases(office)

    with tenant_scope(office.tenant.pk):
        found = enrollment.refreshed()
        assert (found.state, found.cause) == (_State.PAUSED, Enrollment.Cause.UNCERTAIN)
        assert Delivery.objects.get().state == Delivery.State.UNCERTAIN
        assert StepSend.objects.get().uncertain_at is not None
    assert len(office.servers.wait_for_messages(enrollment.contact.address, count=copies)) == copies
