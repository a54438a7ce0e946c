"""However many contacts, steps and sequences there are, the engine asks the database as often as for few."""

import uuid
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Mailbox
from mailhub import clock
from sequences.contacts.suppressing import may_list_write_to
from sequences.models import Enrollment, Sequence, StepSend
from sequences.running import claiming, following, submitting
from sequences.running.accounts import Account
from sequences.running.placing import place
from sequences.stopping import stop
from tests.factories import Cast
from tests.mailboxes.matching import receive
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence
from tests.sequences.sending import TAKEN, run, send_step, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

ADA = "ada@customer.example"


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=[Mail(), Mail(subject="", delay=3)])


def _asked(function: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        function()
    return len(queries)


def _enroll(sequence: Sequence, count: int) -> list[Enrollment]:
    return [enroll(sequence, make_contact(sequence.tenant)) for _ in range(count)]


def _ids(enrollments: Iterable[Enrollment]) -> list[uuid.UUID]:
    return [one.pk for one in enrollments]


def test_batch_is_claimed_and_placed_with_a_fixed_number(sequence: Sequence) -> None:
    few, many = _enroll(sequence, 1), _enroll(sequence, 12)
    now, later = clock.now(), clock.now() + timedelta(hours=1)

    counts = [_asked(lambda found=found: place(_ids(found), now=now)) for found in (few, many)]  # type: ignore[misc]
    claims = [_asked(lambda most=most: claiming.claim(sequence.pk, limit=most, now=later)) for most in (1, 12)]  # type: ignore[misc]

    assert counts == [counts[0]] * 2
    assert counts[0] <= 6
    assert claims == [claims[0]] * 2
    assert claims[0] <= 6


def test_mails_that_have_not_left_are_taken_back_with_a_fixed_number(sequence: Sequence) -> None:
    counts = []
    for count in (1, 8):
        enrollments = _enroll(sequence, count)
        run(sequence.tenant, now=clock.now())
        rows = Enrollment.objects.filter(pk__in=_ids(enrollments))
        counts.append(_asked(lambda rows=rows: stop(rows, Enrollment.Cause.PERSON, now=clock.now())))  # type: ignore[misc]

    assert StepSend.objects.filter(withdrawn_at__isnull=False).count() == 9
    assert counts == [counts[0]] * 2
    assert counts[0] <= 16


def test_mail_is_submitted_with_as_many_queries_among_few_as_among_many(sequence: Sequence) -> None:
    counts = []
    for count in (1, 10):
        _enroll(sequence, count)
        account = Account.load(sequence.tenant_id)
        [enrollment] = claiming.claim(sequence.pk, limit=1, now=clock.now())
        refusals = may_list_write_to([enrollment.contact.address])
        assert enrollment.server is not None
        account.author_may_send(enrollment.sequence, enrollment.server)
        counts.append(
            _asked(lambda one=enrollment, of=account, why=refusals: submitting.run(one, of, why, now=clock.now()))  # type: ignore[misc]
        )

    assert StepSend.objects.count() == 2
    # What is counted for the first time of a day and a minute is begun.
    assert counts[1] <= counts[0] <= 48


def test_settled_mail_is_followed_with_a_fixed_number(sequence: Sequence) -> None:
    counts = []
    for count in (1, 10):
        enrollments = _enroll(sequence, count)
        run(sequence.tenant, now=clock.now())
        send = StepSend.objects.get(enrollment=enrollments[0])
        settle(send, TAKEN, now=clock.now())
        # Once more, as when a bell rings twice and nobody had followed.
        Enrollment.objects.filter(pk=send.enrollment_id).update(step=send.step, due_at=None)
        counts.append(_asked(lambda one=send: following.follow(one.enrollment_id, now=clock.now())))  # type: ignore[misc]

    assert counts == [counts[0]] * 2
    assert counts[0] <= 14


def test_reply_stops_a_contact_in_many_sequences_as_in_one(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    counts = []
    for number, others in enumerate((0, 6)):
        contact = make_contact(cast.tenant, f"{number}{ADA}")
        send_step(enroll(sequence, contact), now=clock.now())
        for _ in range(others):
            enroll(make_sequence(mailbox, author=cast.owner), contact)
            _enroll(sequence, 1)
        counts.append(_asked(lambda of=contact: receive(mailbox, of.address, Subject="Yes")))  # type: ignore[misc]

    assert not Enrollment.objects.filter(contact__address__endswith=ADA, state=Enrollment.State.ACTIVE).exists()
    assert counts[1] <= counts[0]
