"""Moving contacts to another outgoing server keeps their threads (SPEC S2)."""

from datetime import timedelta
from email import message_from_bytes

import pytest

from mailboxes.models import Conversation, Mailbox, OutgoingMessage
from mailhub import clock
from sequences.enrolling import ServerRefused
from sequences.models import Enrollment, EnrollmentEvent, StepSend
from sequences.moving import move
from sequences.running import losing
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run, send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

NOW = clock.now() + timedelta(hours=1)
_State = Enrollment.State


@pytest.fixture
def enrollment(cast: Cast, mailbox: Mailbox) -> Enrollment:
    sequence = make_sequence(mailbox, author=cast.owner, steps=[Mail(), Mail(subject="", delay=1)])
    return enroll(sequence, make_contact(cast.tenant))


def _lose(enrollment: Enrollment) -> None:
    OutgoingServer.objects.filter(pk=enrollment.server_id).update(is_active=False)
    losing.pause_lost(now=NOW)


def test_contacts_of_a_lost_server_wait_until_they_are_moved_and_then_stay_in_their_thread(
    cast: Cast, mailbox: Mailbox, enrollment: Enrollment
) -> None:
    first = send_step(enrollment, now=NOW)
    _lose(enrollment)
    waiting = enrollment.refreshed()
    other = make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")

    moved = move(Enrollment.objects.all(), other, by=cast.owner, now=NOW + timedelta(hours=1))
    send_step(enrollment, now=NOW + timedelta(days=2))

    assert (waiting.state, waiting.cause) == (_State.PAUSED, Enrollment.Cause.SERVER_LOST)
    assert moved == 1
    found = enrollment.refreshed()
    assert (found.server_id, found.server_choice) == (other.pk, Enrollment.Choice.MOVED)
    before = OutgoingMessage.objects.get(pk=first.outgoing_message_id)
    after = OutgoingMessage.objects.exclude(pk=before.pk).get()
    mail = message_from_bytes(after.raw())
    assert (mail["In-Reply-To"], mail["Subject"]) == (f"<{before.message_id}>", "Re: Hello Ada")
    assert "nina@acme.example" in mail["From"]
    assert after.conversation_id == before.conversation_id
    assert EnrollmentEvent.objects.filter(kind=EnrollmentEvent.Kind.MOVED, membership=cast.owner).count() == 1


def test_in_another_mailbox_the_next_mail_stands_in_a_linked_conversation(cast: Cast, enrollment: Enrollment) -> None:
    first = send_step(enrollment, now=NOW)
    elsewhere = make_outgoing(make_marketing_mailbox(cast.tenant, "Partners"))

    move(Enrollment.objects.all(), elsewhere, by=cast.owner, now=NOW)
    second = send_step(enrollment, now=NOW + timedelta(days=2))

    old, new = (OutgoingMessage.objects.get(pk=one.outgoing_message_id).conversation for one in (first, second))
    assert isinstance(new, Conversation)
    assert (new.mailbox_id, new.related_to) == (elsewhere.mailbox_id, old)


def test_mail_that_has_not_left_leaves_through_the_new_server(
    cast: Cast, mailbox: Mailbox, enrollment: Enrollment
) -> None:
    run(cast.tenant, now=NOW)
    other = make_outgoing(mailbox, is_default=False, from_address="nina@acme.example")

    move(Enrollment.objects.all(), other, by=cast.owner, now=NOW)
    run(cast.tenant, now=NOW + timedelta(minutes=10))

    states = {one.server_id: one.deliveries.get().state for one in OutgoingMessage.objects.all()}
    assert states == {enrollment.server_id: "withdrawn", other.pk: "queued"}
    assert StepSend.objects.get().withdrawn_at is None


def test_server_that_was_deleted_pauses_its_contacts(enrollment: Enrollment) -> None:
    OutgoingServer.objects.filter(pk=enrollment.server_id).delete()

    losing.pause_lost(now=NOW)

    assert enrollment.refreshed().cause == Enrollment.Cause.SERVER_LOST


def test_nobody_is_moved_to_a_server_that_may_not_be_used(cast: Cast, enrollment: Enrollment) -> None:
    with pytest.raises(ServerRefused):
        move(Enrollment.objects.all(), make_outgoing(cast.hidden_mailbox), by=cast.owner, now=NOW)
