"""What a server put off is tried again within the hours and the limits."""

from datetime import UTC, datetime, timedelta

import pytest

from mailboxes import claiming, outbox
from mailboxes.models import Delivery, Mailbox, OutgoingMessage
from mailboxes.settling import Outcome
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import unscoped
from sequences.models import Enrollment, SendingCount, SendingLimit, Sequence, StepSend
from sequences.running import following
from sequences.stopping import stop
from tests.factories import Cast
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence
from tests.sequences.sending import run, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

# A Friday; the hours end at five.
FRIDAY = datetime(2027, 3, 19, 16, 0, tzinfo=UTC)
MONDAY = datetime(2027, 3, 22, 9, 0, tzinfo=UTC)
WEEK = [[["09:00", "17:00"]] for _day in range(5)] + [[], []]


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=[Mail()], week=WEEK)


def _put_off(sequence: Sequence, *, now: datetime, until: datetime) -> StepSend:
    """Submit a mail of which the server says that it should be tried again later."""
    enrollment = enroll(sequence, make_contact(sequence.tenant), due_at=now)
    run(sequence.tenant, now=now)
    send = StepSend.objects.get(enrollment=enrollment)
    later = Outcome(Delivery.State.DEFERRED, "Busy, come back later", 451, "4.3.2", not_before=until)
    settle(send, later, now=now)
    return send.refreshed()


def _next_try(send: StepSend) -> datetime:
    moment: datetime = Delivery.objects.get(outgoing_message=send.outgoing_message_id).not_before
    return moment


def test_next_try_within_the_hours_stays_where_it_is(sequence: Sequence) -> None:
    send = _put_off(sequence, now=FRIDAY, until=FRIDAY + timedelta(minutes=5))

    assert _next_try(send) == send.submitted_at == FRIDAY + timedelta(minutes=5)


def test_next_try_outside_the_hours_waits_until_they_open(sequence: Sequence) -> None:
    send = _put_off(sequence, now=FRIDAY, until=FRIDAY + timedelta(hours=1))

    assert _next_try(send) == MONDAY
    assert "451" not in send.enrollment.refreshed().due_because
    assert "Busy, come back later" in send.enrollment.refreshed().due_because


def test_server_that_is_tried_again_at_once_gets_it_no_earlier(sequence: Sequence) -> None:
    send = _put_off(sequence, now=FRIDAY, until=FRIDAY + timedelta(hours=1))
    assert send.server is not None

    outbox.try_again(send.server, now=FRIDAY + timedelta(hours=2))

    assert _next_try(send) == MONDAY


def test_next_try_takes_its_place_in_the_limits_and_gives_the_first_one_back(
    sequence: Sequence, django_capture_on_commit_callbacks: object
) -> None:
    assert sequence.server is not None
    SendingLimit.objects.create(tenant=sequence.tenant, server=sequence.server, per_minute=1, changed_at=FRIDAY)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        first = _put_off(sequence, now=FRIDAY, until=FRIDAY + timedelta(minutes=5, seconds=20))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        second = _put_off(sequence, now=FRIDAY + timedelta(minutes=1), until=FRIDAY + timedelta(minutes=5, seconds=40))

    assert _next_try(first) == FRIDAY + timedelta(minutes=5, seconds=20)
    assert _next_try(second) == FRIDAY + timedelta(minutes=6)
    minutes = SendingCount.objects.filter(scope=SendingCount.Scope.SIGN_IN, period__endswith="Z", count__gt=0)
    assert sorted(minutes.values_list("period", "count")) == [("2027-03-19T16:05Z", 1), ("2027-03-19T16:06Z", 1)]


def test_sweep_finds_what_was_put_off_without_our_being_told(sequence: Sequence) -> None:
    enrollment = enroll(sequence, make_contact(sequence.tenant), due_at=FRIDAY)
    run(sequence.tenant, now=FRIDAY)
    Delivery.objects.update(state=Delivery.State.DEFERRED, not_before=FRIDAY + timedelta(hours=8))

    with unscoped("a test looks for forgotten work"):
        found = following.forgotten(now=FRIDAY)
    following.follow(enrollment.pk, now=FRIDAY)

    assert found == [(enrollment.tenant_id, enrollment.pk)]
    assert _next_try(StepSend.objects.get()) == MONDAY
    with unscoped("a test looks for forgotten work"):
        assert following.forgotten(now=FRIDAY) == []


def test_stop_takes_back_what_waits_for_its_next_try(sequence: Sequence) -> None:
    send = _put_off(sequence, now=FRIDAY, until=FRIDAY + timedelta(hours=1))

    stop(Enrollment.objects.all(), Enrollment.Cause.PERSON, now=FRIDAY)

    assert send.refreshed().withdrawn_at == FRIDAY
    assert OutgoingMessage.objects.get().deliveries.get().state == Delivery.State.WITHDRAWN


def test_mail_that_nobody_handed_over_in_time_waits_for_the_next_hours(sequence: Sequence) -> None:
    """All workers were down when the hours ended, and are back in the night."""
    enrollment = enroll(sequence, make_contact(sequence.tenant), due_at=FRIDAY)
    run(sequence.tenant, now=FRIDAY)
    night = FRIDAY + timedelta(hours=8)
    assert sequence.server is not None

    assert claiming.claim(sequence.server, new_id(), now=night, limit=10) == []
    with unscoped("a test looks for late mail"):
        found = following.forgotten(now=night)
    following.follow(enrollment.pk, now=night)

    assert found == [(enrollment.tenant_id, enrollment.pk)]
    assert enrollment.refreshed().due_at == MONDAY
    assert StepSend.objects.get().withdrawn_at == night
    with unscoped("a test looks for late mail"):
        assert following.forgotten(now=night) == []
    run(sequence.tenant, now=MONDAY)
    (attempt,) = claiming.claim(sequence.server, new_id(), now=MONDAY, limit=10)
    assert attempt.outgoing_message.leave_by == MONDAY + timedelta(hours=8)


def test_mail_leaves_until_the_hours_end(sequence: Sequence) -> None:
    enroll(sequence, make_contact(sequence.tenant), due_at=FRIDAY)
    run(sequence.tenant, now=FRIDAY)
    assert sequence.server is not None

    last = FRIDAY + timedelta(minutes=59, seconds=59)

    assert len(claiming.claim(sequence.server, new_id(), now=last, limit=10)) == 1
