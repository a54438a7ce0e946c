"""Who waits is placed anew when steps, hours or limits were changed (SPEC S3)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from mailboxes.models import Mailbox, OutgoingMessage
from sequences.models import Enrollment, Sequence, Step, StepSend
from sequences.running import tasks
from sequences.running.due_times import replan
from sequences.running.replanning import ask, ask_all
from sequences.stopping.ending import pause
from tests.factories import Cast
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence, make_step
from tests.sequences.sending import run, send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

# A Wednesday.
NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
_MONDAYS = [[["09:00", "17:00"]], [], [], [], [], [], []]
_MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=[Mail(), Mail(subject="", delay=3)])


def _enroll(cast: Cast, sequence: Sequence, count: int = 1) -> list[Enrollment]:
    return [enroll(sequence, make_contact(cast.tenant), due_at=NOW, added_at=NOW) for _ in range(count)]


def _due_of(enrollment: Enrollment) -> datetime:
    due: datetime | None = enrollment.refreshed().due_at
    assert due is not None
    return due


def test_first_mails_move_into_the_new_hours_and_stay_drawn_apart(cast: Cast, sequence: Sequence) -> None:
    waiting = _enroll(cast, sequence, 40)
    Sequence.objects.update(week=_MONDAYS)

    moved = replan(sequence.pk, now=NOW)

    due = [_due_of(one) for one in waiting]
    assert moved == 40
    assert all(_MONDAY <= one < _MONDAY + timedelta(seconds=200) for one in due)
    assert len(set(due)) > 20


def test_first_mails_that_could_have_left_long_ago_are_drawn_apart(cast: Cast, sequence: Sequence) -> None:
    waiting = _enroll(cast, sequence, 40)
    later = NOW + timedelta(days=2)

    replan(sequence.pk, now=later)

    due = [_due_of(one) for one in waiting]
    assert all(later <= one < later + timedelta(seconds=200) for one in due)
    assert len(set(due)) > 20


def test_longer_delay_counts_from_when_the_mail_before_was_sent(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    send_step(enrollment, now=NOW)
    Step.objects.filter(position=2).update(delay=5)

    replan(sequence.pk, now=NOW + timedelta(days=1))

    found = enrollment.refreshed()
    assert found.due_because == "5 days after step 1"
    assert timedelta(days=5) <= _due_of(enrollment) - NOW < timedelta(days=5, minutes=5)


def test_mail_that_is_under_way_stays_what_it_is(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    run(cast.tenant, now=NOW)
    Sequence.objects.update(week=_MONDAYS)
    before = enrollment.refreshed()

    moved = replan(sequence.pk, now=NOW)

    after = enrollment.refreshed()
    assert moved == 0
    assert (after.due_at, after.due_because) == (before.due_at, before.due_because) == (None, "is being sent")
    assert OutgoingMessage.objects.get().deliveries.get().state == "queued"


def test_who_is_out_of_office_stays_away(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    until = NOW + timedelta(days=9)
    pause(Enrollment.objects.all(), Enrollment.Cause.AWAY, until=until, now=NOW)

    replan(sequence.pk, now=NOW)

    found = enrollment.refreshed()
    assert (found.state, found.due_at, found.paused_until) == (Enrollment.State.PAUSED, None, until)


def test_contacts_of_a_sequence_without_steps_get_the_first_one(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[])
    enrollment = enroll(sequence, make_contact(cast.tenant), step=None, due_at=None)
    step = make_step(sequence)

    replan(sequence.pk, now=NOW)

    assert enrollment.refreshed().step_id == step.pk
    assert enrollment.refreshed().due_at is not None


def test_who_has_got_nothing_yet_begins_with_a_step_that_was_put_first(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    for step in Step.objects.order_by("-position"):
        Step.objects.filter(pk=step.pk).update(position=step.position + 1)
    first = make_step(sequence, position=1)

    replan(sequence.pk, now=NOW)

    assert enrollment.refreshed().step_id == first.pk


def test_who_waits_for_a_later_step_gets_one_that_was_put_before_it(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    send_step(enrollment, now=NOW)
    Step.objects.filter(position=2).update(position=3)
    between = make_step(sequence, Mail(delay=1), position=2)

    replan(sequence.pk, now=NOW)

    assert enrollment.refreshed().step_id == between.pk


def test_who_got_a_step_that_was_taken_out_goes_on_with_those_that_moved_up(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    send_step(enrollment, now=NOW)
    second = Step.objects.get(position=2)
    Step.objects.filter(position=1).update(removed_at=NOW)
    Step.objects.filter(pk=second.pk).update(position=1)

    replan(sequence.pk, now=NOW)

    assert enrollment.refreshed().step_id == second.pk
    assert StepSend.objects.count() == 1


def test_number_of_queries_does_not_grow_with_the_contacts(cast: Cast, sequence: Sequence) -> None:
    _enroll(cast, sequence, 2)
    few = _queries(sequence.pk)
    _enroll(cast, sequence, 60)

    assert _queries(sequence.pk) == few


def test_bell_rings_once_the_change_is_committed(
    cast: Cast,
    sequence: Sequence,
    mailbox: Mailbox,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_away = make_sequence(mailbox, author=cast.owner, state=Sequence.State.ARCHIVED)
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.replan, "apply_async", lambda args, **_options: rung.append(args))

    with django_capture_on_commit_callbacks(execute=True):
        ask(put_away)
        assert rung == []
    with django_capture_on_commit_callbacks(execute=True):
        ask_all()

    assert rung == [(str(cast.tenant.pk), str(put_away.pk)), (str(cast.tenant.pk), str(sequence.pk))]


def test_task_finds_the_sequence(cast: Cast, sequence: Sequence) -> None:
    (enrollment,) = _enroll(cast, sequence)
    Sequence.objects.update(week=_MONDAYS)

    tasks.replan.run(cast.tenant.pk, str(sequence.pk))

    assert _due_of(enrollment).weekday() == 0


def _queries(sequence_id: uuid.UUID) -> int:
    with CaptureQueriesContext(connection) as queries:
        replan(sequence_id, now=NOW)
    return len(queries)
