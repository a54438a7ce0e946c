"""Steps that are added, moved and taken out while contacts are on their way."""

from datetime import timedelta

import pytest

from mailboxes.models import Mailbox
from mailhub import clock
from sequences.editing.steps import (
    Direction,
    StepRefused,
    Text,
    Wait,
    add_step,
    change_wait,
    move_step,
    passed_by,
    remove_step,
)
from sequences.models import Enrollment, Sequence, Step, StepSend
from sequences.running.due_times import replan
from tests.factories import Cast
from tests.sequences.factories import Mail, enroll, make_contact, make_sequence
from tests.sequences.sending import run, send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now()
DAY = timedelta(days=1)


def order_of(sequence: Sequence) -> list[tuple[int, str]]:
    steps = sequence.steps.filter(removed_at=None).order_by("position")
    return [(one.position, one.variants.get().subject) for one in steps]


def step_at(sequence: Sequence, position: int) -> Step:
    found: Step = sequence.steps.select_related("sequence").get(removed_at=None, position=position)
    return found


def go_to_the_end(enrollment: Enrollment) -> list[str]:
    """Send all that is left, and return the subjects of all mails in the order in which they were sent."""
    for number in range(1, 8):
        replan(enrollment.sequence_id, now=NOW)
        if enrollment.refreshed().due_at is None:
            break
        send_step(enrollment, now=NOW + number * DAY)
    sends = StepSend.objects.filter(enrollment=enrollment).order_by("submitted_at", "id")
    return [one.outgoing_message.subject for one in sends.select_related("outgoing_message")]


@pytest.fixture
def letters(cast: Cast, mailbox: Mailbox) -> Sequence:
    """Mails with subjects of their own: one, two, three."""
    mails = [Mail("one"), Mail("two", delay=3), Mail("three", delay=2)]
    return make_sequence(mailbox, author=cast.owner, steps=mails)


def test_positions_stay_dense_whatever_is_done(letters: Sequence) -> None:
    add_step(letters, Text("new", "<p>New</p>"), Wait(1, Step.Unit.DAYS), at=2, now=NOW)
    move_step(step_at(letters, 4), Direction.UP, now=NOW)
    remove_step(step_at(letters, 1), now=NOW)

    assert order_of(letters) == [(1, "new"), (2, "three"), (3, "two")]


def test_the_waits_stay_where_they_are_when_texts_change_places(letters: Sequence) -> None:
    move_step(step_at(letters, 1), Direction.DOWN, now=NOW)

    steps = letters.steps.order_by("position")
    assert order_of(letters) == [(1, "two"), (2, "one"), (3, "three")]
    assert [one.delay for one in steps] == [0, 3, 2]


def test_nothing_is_moved_beyond_the_ends(letters: Sequence) -> None:
    with pytest.raises(StepRefused):
        move_step(step_at(letters, 1), Direction.UP, now=NOW)
    with pytest.raises(StepRefused):
        move_step(step_at(letters, 3), Direction.DOWN, now=NOW)


def test_a_step_of_the_same_thread_does_not_come_first(sequence: Sequence) -> None:
    with pytest.raises(StepRefused, match="Give it a subject"):
        move_step(step_at(sequence, 2), Direction.UP, now=NOW)
    with pytest.raises(StepRefused, match="Give it a subject"):
        remove_step(step_at(sequence, 1), now=NOW)
    with pytest.raises(StepRefused, match="needs a subject"):
        add_step(sequence, Text("", "<p>New</p>"), Wait(0, Step.Unit.DAYS), at=1, now=NOW)


def test_who_has_got_nothing_gets_the_steps_in_their_new_order(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))

    move_step(step_at(letters, 2), Direction.UP, now=NOW)

    assert go_to_the_end(enrollment) == ["two", "one", "three"]


def test_who_waits_for_a_step_that_moves_back_gets_everything_once(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))
    send_step(enrollment, now=NOW)

    move_step(step_at(letters, 2), Direction.DOWN, now=NOW)

    assert go_to_the_end(enrollment) == ["one", "three", "two"]


def test_who_has_got_a_step_goes_on_behind_it_wherever_it_moves(cast: Cast, letters: Sequence) -> None:
    enrollment, other = enroll(letters, make_contact(cast.tenant)), enroll(letters, make_contact(cast.tenant))
    send_step(enrollment, now=NOW)
    Enrollment.objects.filter(pk=other.pk).update(due_at=NOW + 90 * DAY)

    first = step_at(letters, 1)
    missing = passed_by(first, Direction.DOWN)
    move_step(first, Direction.DOWN, now=NOW)

    assert missing == 1
    assert order_of(letters) == [(1, "two"), (2, "one"), (3, "three")]
    assert go_to_the_end(enrollment) == ["one", "three"]


def test_nobody_is_passed_by_who_has_got_nothing_or_both(cast: Cast, letters: Sequence) -> None:
    both, nothing = enroll(letters, make_contact(cast.tenant)), enroll(letters, make_contact(cast.tenant))
    for day in (0, 1):
        send_step(both, now=NOW + day * DAY)
        Enrollment.objects.filter(pk=nothing.pk).update(due_at=NOW + 90 * DAY)

    assert passed_by(step_at(letters, 1), Direction.DOWN) == 0
    assert passed_by(step_at(letters, 2), Direction.UP) == 0
    assert passed_by(step_at(letters, 3), Direction.UP) == 1


def test_what_a_contact_is_behind_already_is_not_caught_up_when_it_is_added(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))
    send_step(enrollment, now=NOW)
    send_step(enrollment, now=NOW + DAY)

    add_step(letters, Text("new", "<p>New</p>"), Wait(1, Step.Unit.DAYS), at=2, now=NOW + 2 * DAY)

    assert go_to_the_end(enrollment) == ["one", "two", "three"]


def test_what_is_added_before_the_next_step_comes_next(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))
    send_step(enrollment, now=NOW)

    add_step(letters, Text("new", "<p>New</p>"), Wait(1, Step.Unit.DAYS), at=2, now=NOW + DAY)

    assert go_to_the_end(enrollment) == ["one", "new", "two", "three"]


def test_who_waits_for_a_step_that_is_taken_out_goes_on_with_the_next(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))
    send_step(enrollment, now=NOW)
    two = step_at(letters, 2)

    remove_step(two, now=NOW)

    assert two.refreshed().removed_at == NOW
    assert go_to_the_end(enrollment) == ["one", "three"]


def test_what_was_sent_of_a_step_that_is_taken_out_stays(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))
    send = send_step(enrollment, now=NOW)

    remove_step(step_at(letters, 1), now=NOW)

    assert send.refreshed().sent_at == NOW
    assert order_of(letters) == [(1, "two"), (2, "three")]
    assert go_to_the_end(enrollment) == ["one", "two", "three"]


def test_what_was_submitted_of_a_step_that_is_taken_out_leaves_no_more(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant), due_at=NOW)
    run(cast.tenant, now=NOW)

    remove_step(step_at(letters, 1), now=NOW)

    assert StepSend.objects.get().withdrawn_at == NOW
    assert enrollment.refreshed().step_id == step_at(letters, 1).pk


def test_a_step_that_nobody_got_and_nobody_waits_for_is_deleted(letters: Sequence) -> None:
    remove_step(step_at(letters, 3), now=NOW)

    assert letters.steps.count() == 2


def test_the_new_first_mail_leaves_when_the_old_one_would_have(letters: Sequence) -> None:
    remove_step(step_at(letters, 1), now=NOW)

    assert step_at(letters, 1).delay == 0


def test_a_longer_wait_holds_for_who_waits_already(cast: Cast, letters: Sequence) -> None:
    enrollment = enroll(letters, make_contact(cast.tenant))
    send_step(enrollment, now=NOW)

    change_wait(step_at(letters, 2), Wait(9, Step.Unit.DAYS), now=NOW)
    replan(letters.pk, now=NOW)

    due_at = enrollment.refreshed().due_at
    assert due_at is not None
    assert due_at >= NOW + 9 * DAY - timedelta(hours=2)
