"""What the clock rings for, and what the sweep finds that nobody rang for."""

from datetime import timedelta

import pytest

from mailboxes.models import Delivery, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope, unscoped
from sequences.models import Enrollment, Sequence, StepSend
from sequences.running import claiming, following, losing, tasks
from sequences.stopping import pause, pause_sequence, resume
from tests.factories import Cast, make_cast
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run, send_step, settle

pytestmark = pytest.mark.django_db

NOW = clock.now() + timedelta(hours=1)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def sequence(cast: Cast) -> Sequence:
    steps = [Mail(), Mail(subject="", delay=3)]
    return make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner, steps=steps)


@pytest.fixture
def enrollment(sequence: Sequence) -> Enrollment:
    return enroll(sequence, make_contact(sequence.tenant))


def test_clock_rings_for_accounts_in_whose_active_sequences_something_is_due(
    cast: Cast, enrollment: Enrollment, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused = make_sequence(make_marketing_mailbox(cast.other_tenant), author=cast.stranger, state=Sequence.State.PAUSED)
    enroll(paused, make_contact(cast.other_tenant))
    rung: list[int] = []
    monkeypatch.setattr(tasks.run_sequences, "ring", rung.append)

    tasks.run_due.run()

    assert rung == [cast.tenant.pk]


def test_what_one_worker_claimed_is_not_another_s_until_its_lease_ends(enrollment: Enrollment) -> None:
    with tenant_scope(enrollment.tenant_id):
        first = claiming.claim(enrollment.sequence_id, limit=5, now=NOW)
        second = claiming.claim(enrollment.sequence_id, limit=5, now=NOW)
        later = claiming.claim(enrollment.sequence_id, limit=5, now=NOW + claiming.LEASE)

    assert [[one.pk for one in found] for found in (first, second, later)] == [[enrollment.pk], [], [enrollment.pk]]


def test_sweep_goes_on_with_a_mail_of_whose_sending_nobody_was_told(enrollment: Enrollment) -> None:
    run(enrollment.tenant, now=NOW)
    with tenant_scope(enrollment.tenant_id):
        Delivery.objects.update(state=Delivery.State.SENT, settled_at=NOW)

    with unscoped("a test looks for forgotten work"):
        following.mark_forgotten()
        forgotten = following.forgotten(now=NOW)
    with tenant_scope(enrollment.tenant_id):
        following.follow(enrollment.pk, now=NOW)

        found = enrollment.refreshed()
        assert forgotten == [(enrollment.tenant_id, enrollment.pk)]
        assert found.step is not None
        assert found.step.position == 2
        assert StepSend.objects.get().sent_at == NOW


def test_sweep_finds_whose_pause_is_over(enrollment: Enrollment) -> None:
    with tenant_scope(enrollment.tenant_id):
        pause(Enrollment.objects.all(), Enrollment.Cause.AWAY, until=NOW, now=clock.now())

    with unscoped("a test looks for forgotten work"):
        before = losing.tenants_to_look_after(now=NOW - timedelta(seconds=1))
        after = losing.tenants_to_look_after(now=NOW)

    assert (before, after) == (set(), {enrollment.tenant_id})


def test_pausing_a_sequence_takes_back_what_has_not_left_and_it_leaves_once_when_it_goes_on(
    sequence: Sequence, enrollment: Enrollment
) -> None:
    run(sequence.tenant, now=NOW)
    with tenant_scope(sequence.tenant_id):
        was_paused = pause_sequence(sequence, now=NOW)
        again = pause_sequence(sequence, now=NOW)
        states = list(Delivery.objects.values_list("state", flat=True))
        run(sequence.tenant, now=NOW + timedelta(minutes=1))
        while_paused = Delivery.objects.count()

        Sequence.objects.update(state=Sequence.State.ACTIVE)
        run(sequence.tenant, now=NOW + timedelta(minutes=2))

        assert (was_paused, again) == (True, False)
        assert (states, while_paused) == ([Delivery.State.WITHDRAWN], 1)
        assert sorted(Delivery.objects.values_list("state", flat=True)) == ["queued", "withdrawn"]
        assert StepSend.objects.get().withdrawn_at is None


def test_person_who_pauses_and_goes_on_loses_no_step(enrollment: Enrollment, cast: Cast) -> None:
    with tenant_scope(enrollment.tenant_id):
        send_step(enrollment, now=NOW)
        rows = Enrollment.objects.filter(pk=enrollment.pk)

        paused = pause(rows, by=cast.owner, now=NOW)
        resumed = resume(rows, by=cast.owner, now=NOW + timedelta(days=9))

        found = enrollment.refreshed()
        assert paused == resumed == {enrollment.pk}
        assert found.step is not None
        assert (found.state, found.step.position) == (Enrollment.State.ACTIVE, 2)
        assert found.due_at == NOW + timedelta(days=9)
        kinds = list(found.events.order_by("at", "id").values_list("kind", flat=True))
        assert kinds == ["added", "sent", "paused", "resumed"]


def test_person_who_knows_better_goes_on_after_an_uncertain_mail(enrollment: Enrollment) -> None:
    with tenant_scope(enrollment.tenant_id):
        send = send_step(enrollment, now=NOW)
        StepSend.objects.filter(pk=send.pk).update(sent_at=None, uncertain_at=NOW)
        step = enrollment.sequence.steps.get(position=1)
        paused = {"state": Enrollment.State.PAUSED, "cause": Enrollment.Cause.UNCERTAIN, "step": step, "due_at": None}
        Enrollment.objects.update(**paused)

        resume(Enrollment.objects.all(), now=NOW)

        found = enrollment.refreshed()
        assert found.step is not None
        assert (found.state, found.step.position) == (Enrollment.State.ACTIVE, 2)


def test_b139_a_clock_that_is_set_ahead_and_back_sends_no_step_twice(cast: Cast, enrollment: Enrollment) -> None:
    with tenant_scope(cast.tenant.pk):
        for moment in (NOW, NOW + timedelta(days=3), NOW - timedelta(hours=1), NOW, NOW + timedelta(days=9)):
            run(cast.tenant, now=moment)
            for send in StepSend.objects.filter(sent_at=None):
                settle(send, now=moment)

        steps = StepSend.objects.order_by("step__position").values_list("step__position", flat=True)
        assert list(steps) == [1, 2]
        assert OutgoingMessage.objects.filter(origin=OutgoingMessage.Origin.SEQUENCE).count() == 2
