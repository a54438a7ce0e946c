"""Workers that die again and again, wherever a mail of a sequence is written, handed over, followed or stopped.

The kills are real (SIGKILL), and so are the servers. SEQUENCE_KILLS says how often; `make kills` does fifty.
"""

import os
import re
import sys
from collections import Counter

import pytest

from mailboxes.models import Mailbox, Message
from mailhub import clock
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences.models import Enrollment, SendingLimit, Sequence, StepSend
from sequences.running import following
from servers.endpoints import Protocol
from tests.realservers.mail import MailServers
from tests.reliability.office import (
    RealOffice,
    end_attempt_leases,
    end_receive_lease,
    make_everything_due,
    make_real_office,
)
from tests.reliability.workers import Runner
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = int(os.environ.get("SEQUENCE_KILLS", "11"))
RUN = "sequences.running.tasks.run_sequences"
FOLLOW = "sequences.running.tasks.follow"
WRITING = ("sequences.claimed", "sequences.prepared", "sequences.before_commit", "sequences.committed")
HANDING_OVER = ("deliver.claimed", "deliver.offered", "deliver.dot_pending", "deliver.replied")
STOPPING = ("sequences.before_halt", "receive.before_commit")
POINTS = (*WRITING, *HANDING_OVER, "sequences.before_follow", *STOPPING)
AT_DOT = ("deliver.dot_pending", "deliver.replied")
STEPS = (Mail(subject="First"), Mail(subject="Second"), Mail(subject="Third"))
_HEADER = re.compile(rb"^(To|Subject): (.*?)\r?$", re.MULTILINE)
_State = Enrollment.State


@pytest.fixture
def office(mail_servers: MailServers) -> RealOffice:
    office = make_real_office(mail_servers, Protocol.IMAP, copy_mail=True)
    with tenant_scope(office.tenant.pk):
        Mailbox.objects.filter(pk=office.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)
        office.mailbox.refresh_from_db()
        SendingLimit.objects.create(tenant=office.tenant, server=office.outgoing, changed_at=clock.now())
    return office


def test_workers_killed_everywhere_send_no_step_twice_and_list_what_is_uncertain(
    office: RealOffice, runner: Runner
) -> None:
    sequence = make_sequence(office.mailbox, author=office.person, server=office.outgoing, steps=STEPS)
    reader = office.servers.new_user("customers.example").address
    kills: Counter[str] = Counter()
    answered: list[Enrollment] = []

    for number in range(KILLS):
        point = POINTS[number % len(POINTS)]
        enrollment = _enroll(sequence, reader, number)
        if point in STOPPING:
            answered.append(enrollment)
        assert _dies(office, runner, enrollment, point), point
        kills[point] += 1
        _come_by(office, runner)
    _finish(office, runner)

    with tenant_scope(office.tenant.pk):
        uncertain = Enrollment.objects.filter(state=_State.PAUSED, cause=Enrollment.Cause.UNCERTAIN)
        replied = Enrollment.objects.filter(state=_State.STOPPED, cause=Enrollment.Cause.REPLIED)
        arrived = _arrived(office, reader, at_least=StepSend.objects.filter(sent_at__isnull=False).count())
        counts = f"{Enrollment.objects.count()} contacts, {sum(arrived.values())} mails, {uncertain.count()} uncertain"
        sys.stdout.write(f"\n{sum(kills.values())} kills: {dict(kills)}\n{counts}\n")
        # Whatever a worker died of, each mail is there once at most.
        assert [name for name, count in arrived.items() if count > 1] == []
        # One contact for each kill at the dot, and each is shown with its cause.
        assert uncertain.count() == sum(kills[point] for point in AT_DOT)
        assert set(replied) == {one for one in answered if one.refreshed().cause != Enrollment.Cause.UNCERTAIN}
        # Nobody else lost anything.
        others = Enrollment.objects.exclude(pk__in=uncertain).exclude(pk__in=replied)
        assert set(others.values_list("state", flat=True)) <= {_State.FINISHED}
        for enrollment in others.select_related("contact"):
            assert [arrived[enrollment.contact.address, mail.subject] for mail in STEPS] == [1, 1, 1]


def _enroll(sequence: Sequence, reader: str, number: int) -> Enrollment:
    return enroll(sequence, make_contact(sequence.tenant, reader.replace("@", f"+{number}@")))


def _dies(office: RealOffice, runner: Runner, enrollment: Enrollment, point: str) -> bool:
    """Bring a contact to where a worker dies, and let it die there."""
    tenant_id = office.tenant.pk
    if point in WRITING:
        return runner.is_killed(RUN, tenant_id, failpoint=point)
    assert runner.works(RUN, tenant_id)
    if point in HANDING_OVER:
        return runner.is_killed("deliver", tenant_id, office.outgoing.pk, failpoint=point)
    assert runner.works("deliver", tenant_id, office.outgoing.pk)
    if point in STOPPING:
        _answer(office, enrollment)
        return runner.is_killed("receive", tenant_id, office.mailbox.pk, failpoint=point)
    return runner.is_killed(FOLLOW, tenant_id, enrollment.pk, failpoint=point)


def _answer(office: RealOffice, enrollment: Enrollment) -> None:
    """The contact has answered, and the answer was fetched."""
    raw = f"From: {enrollment.contact.address}\r\nTo: {office.mailbox.address}\r\nSubject: Re: First\r\n\r\nYes.\r\n"
    with tenant_scope(office.tenant.pk):
        now = clock.now()
        Message.objects.create(
            tenant_id=office.tenant.pk,
            mailbox=office.mailbox,
            raw_sha256=blobs.put(office.tenant.pk, raw.encode()),
            size=len(raw),
            stored_at=now,
            received_at=now,
        )


def _come_by(office: RealOffice, runner: Runner) -> None:
    """Let the leases of the dead end, their work be found, and what came in be read before anything leaves."""
    end_attempt_leases()
    with tenant_scope(office.tenant.pk):
        end_receive_lease(office.mailbox)
        make_everything_due()
    assert runner.works("receive", office.tenant.pk, office.mailbox.pk)
    with unscoped("the test does what the sweep does"):
        following.mark_forgotten()
        forgotten = following.forgotten(now=clock.now())
    with tenant_scope(office.tenant.pk):
        for _tenant_id, enrollment_id in forgotten:
            following.follow(enrollment_id, now=clock.now())
        Enrollment.objects.filter(state=_State.ACTIVE, due_at__isnull=False).update(due_at=clock.now())


def _finish(office: RealOffice, runner: Runner) -> None:
    """Let workers that nobody kills do all that is left."""
    for _ in range(2 * len(STEPS) + KILLS):
        _come_by(office, runner)
        with tenant_scope(office.tenant.pk):
            if not Enrollment.objects.filter(state=_State.ACTIVE).exists():
                return
        assert runner.works(RUN, office.tenant.pk)
        assert runner.works("deliver", office.tenant.pk, office.outgoing.pk)


def _arrived(office: RealOffice, reader: str, *, at_least: int) -> Counter[tuple[str, str]]:
    """Return how often each contact has each mail, as the reader's server has them."""
    found: Counter[tuple[str, str]] = Counter()
    for raw in office.servers.wait_for_messages(reader, count=at_least):
        values = {name.decode(): value.decode() for name, value in _HEADER.findall(raw)}
        address = re.search(r"[^\s<]+@[^\s>]+", values["To"])
        assert address is not None
        found[address[0], values["Subject"]] += 1
    return found
