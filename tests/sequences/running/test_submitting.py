"""From a contact that is due to a mail in the outbox (SPEC S3)."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mime

import pytest

from mailboxes.models import Conversation, Delivery, Mailbox, MailboxAccess, OutgoingMessage
from mailboxes.standing import changing
from mailboxes.standing.changing import Occasion
from mailhub import clock
from sequences.models import Enrollment, SendingSettings, Sequence, StepSend, Variant
from sequences.running.drawing import variant_for
from tests.factories import Cast, make_outgoing
from tests.sequences.factories import ALWAYS, Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import LOST_AT_DOT, NO_SUCH_USER, run, send_step, settle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

# Later than what the factories make.
NOW = clock.now() + timedelta(hours=1)
THREE = (Mail(), Mail(subject="", delay=3), Mail(subject="One last thing", delay=2, unit="hours"))


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=THREE)


@pytest.fixture
def enrollment(sequence: Sequence) -> Enrollment:
    return enroll(sequence, make_contact(sequence.tenant, "ada@customer.example"))


def _mails() -> list[Mime]:
    return [message_from_bytes(one.raw()) for one in OutgoingMessage.objects.order_by("created_at", "id")]


def _text(mail: Mime, kind: str) -> str:
    part = next(one for one in mail.walk() if one.get_content_type() == kind)
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_due_step_is_submitted_with_its_rows(enrollment: Enrollment) -> None:
    run(enrollment.tenant, now=NOW)

    send = StepSend.objects.get()
    outgoing = OutgoingMessage.objects.get()
    found = enrollment.refreshed()
    assert (send.outgoing_message_id, send.enrollment_id) == (outgoing.pk, enrollment.pk)
    assert (outgoing.origin, outgoing.subject) == (OutgoingMessage.Origin.SEQUENCE, "Hello Ada")
    assert outgoing.deliveries.get().recipient == "ada@customer.example"
    assert (found.due_at, found.due_because) == (None, "is being sent")
    conversation = Conversation.objects.get()
    assert conversation.status == Conversation.Status.CLOSED
    assert (found.conversation_id, outgoing.conversation_id) == (conversation.pk, conversation.pk)
    assert conversation.participants.get().address == "ada@customer.example"


def test_nothing_is_submitted_twice_however_often_the_clock_comes_by(enrollment: Enrollment) -> None:
    for _ in range(3):
        run(enrollment.tenant, now=NOW)
    Enrollment.objects.update(due_at=NOW)
    run(enrollment.tenant, now=NOW)

    assert OutgoingMessage.objects.count() == 1
    assert enrollment.refreshed().due_at is None


def test_every_mail_says_how_to_unsubscribe(enrollment: Enrollment) -> None:
    SendingSettings.objects.create(tenant=enrollment.tenant, sender_line="Acme Ltd, 1 High Street", changed_at=NOW)

    run(enrollment.tenant, now=NOW)

    mail = _mails()[0]
    listed = " ".join(str(mail["List-Unsubscribe"]).split())
    assert listed.startswith("<http://localhost:8000/u/")
    assert "<mailto:box" in listed
    assert listed.endswith("?subject=unsubscribe>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = listed.partition(">")[0][1:]
    assert f"Unsubscribe: {link}" in _text(mail, "text/plain")
    assert link in _text(mail, "text/html")
    assert "Acme Ltd, 1 High Street" in _text(mail, "text/plain")


def test_text_with_a_link_of_its_own_gets_no_second_one_in_html(cast: Cast) -> None:
    html = '<p>Hello</p><p><a href="{{ unsubscribe_link }}">No more of this</a></p>'
    sequence = make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner, steps=[Mail("Hi", html)])
    enroll(sequence, make_contact(cast.tenant))

    run(cast.tenant, now=NOW)

    mail = _mails()[0]
    assert _text(mail, "text/html").count("/u/") == 1
    assert "/u/" in _text(mail, "text/plain")


def test_step_without_subject_stays_in_the_thread_and_one_with_a_subject_begins_another(
    enrollment: Enrollment,
) -> None:
    for day in (0, 4, 8):
        send_step(enrollment, now=NOW + timedelta(days=day))

    first, second, third = _mails()
    assert second["Subject"] == "Re: Hello Ada"
    assert (second["In-Reply-To"], second["References"]) == (first["Message-ID"], first["Message-ID"])
    assert (third["Subject"], third["In-Reply-To"], third["References"]) == ("One last thing", None, None)
    assert Conversation.objects.get().message_count == 3


def test_references_name_all_mails_of_the_thread(cast: Cast) -> None:
    steps = (Mail(), Mail(subject=""), Mail(subject=""))
    sequence = make_sequence(make_marketing_mailbox(cast.tenant), author=cast.owner, steps=steps)
    enrollment = enroll(sequence, make_contact(cast.tenant))

    for day in (0, 1, 2):
        send_step(enrollment, now=NOW + timedelta(days=day))

    first, second, third = _mails()
    assert third["Subject"] == "Re: Hello Ada"
    assert third["In-Reply-To"] == second["Message-ID"]
    assert str(third["References"]).split() == [first["Message-ID"], second["Message-ID"]]


def test_next_step_counts_from_when_the_mail_was_sent_and_the_last_one_finishes(enrollment: Enrollment) -> None:
    run(enrollment.tenant, now=NOW)
    later = NOW + timedelta(hours=5)

    settle(StepSend.objects.get(), now=later)

    found = enrollment.refreshed()
    assert found.step is not None
    assert found.due_at is not None
    assert found.step.position == 2
    assert timedelta(0) <= found.due_at - (later + timedelta(days=3)) < timedelta(minutes=5)
    assert "3 days after step 1" in found.due_because
    for day in (4, 5):
        send_step(enrollment, now=NOW + timedelta(days=day))
    done = enrollment.refreshed()
    assert (done.state, done.step, done.due_at) == (Enrollment.State.FINISHED, None, None)


def test_recipient_refused_in_the_dialogue_stops_with_the_words_of_the_server(enrollment: Enrollment) -> None:
    run(enrollment.tenant, now=NOW)

    settle(StepSend.objects.get(), NO_SUCH_USER, now=NOW)

    found, send = enrollment.refreshed(), StepSend.objects.get()
    assert (found.state, found.cause) == (Enrollment.State.STOPPED, Enrollment.Cause.BOUNCED)
    assert "No such user here" in found.cause_words
    assert (send.bounced_at, send.sent_at) == (NOW, None)


def test_uncertain_mail_pauses_and_what_a_person_knows_goes_on(enrollment: Enrollment) -> None:
    run(enrollment.tenant, now=NOW)

    settle(StepSend.objects.get(), LOST_AT_DOT, now=NOW)

    found = enrollment.refreshed()
    assert (found.state, found.cause) == (Enrollment.State.PAUSED, Enrollment.Cause.UNCERTAIN)
    assert StepSend.objects.get().uncertain_at == NOW


@pytest.mark.parametrize("state", [Sequence.State.DRAFT, Sequence.State.PAUSED, Sequence.State.ARCHIVED])
def test_only_active_sequences_send(enrollment: Enrollment, state: str) -> None:
    Sequence.objects.update(state=state)

    run(enrollment.tenant, now=NOW)

    assert not OutgoingMessage.objects.exists()


def test_hours_that_are_over_are_waited_for(enrollment: Enrollment) -> None:
    Sequence.objects.update(week=[[] for _day in range(6)] + [[["09:00", "10:00"]]])
    a_monday = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
    Enrollment.objects.update(due_at=a_monday)

    run(enrollment.tenant, now=a_monday)

    found = enrollment.refreshed()
    assert not OutgoingMessage.objects.exists()
    assert found.due_at == datetime.fromisoformat("2026-11-29T09:00:00+00:00")
    assert "Sunday" in found.due_because


def test_limit_puts_off_what_is_above_it_and_says_so(cast: Cast, sequence: Sequence) -> None:
    SendingSettings.objects.create(tenant=cast.tenant, per_day=2, changed_at=NOW)
    for _ in range(4):
        enroll(sequence, make_contact(cast.tenant))

    run(cast.tenant, now=NOW)

    waiting = Enrollment.objects.filter(due_at__gt=NOW)
    assert OutgoingMessage.objects.count() == 2
    assert waiting.count() == 2
    assert all("2" in one.due_because for one in waiting)


def test_address_that_lists_do_not_write_to_stops(enrollment: Enrollment) -> None:
    changing.note_unsubscribe("ada@customer.example", Occasion(enrollment.tenant_id, NOW))

    run(enrollment.tenant, now=NOW)

    found = enrollment.refreshed()
    assert not OutgoingMessage.objects.exists()
    assert (found.state, found.cause) == (Enrollment.State.STOPPED, Enrollment.Cause.UNSUBSCRIBED)


def test_field_without_a_value_pauses_this_contact_and_names_it(cast: Cast, sequence: Sequence) -> None:
    nameless = enroll(sequence, make_contact(cast.tenant, first_name=""))
    other = enroll(sequence, make_contact(cast.tenant))

    run(cast.tenant, now=NOW)

    found = nameless.refreshed()
    assert (found.state, found.cause) == (Enrollment.State.PAUSED, Enrollment.Cause.MISSING_FIELD)
    assert "first_name" in found.cause_words
    assert StepSend.objects.get().enrollment_id == other.pk


def test_value_of_a_field_is_text_and_no_template(cast: Cast, sequence: Sequence) -> None:
    enroll(sequence, make_contact(cast.tenant, first_name="{{ email }}<b>"))

    run(cast.tenant, now=NOW)

    mail = _mails()[0]
    assert mail["Subject"] == "Hello {{ email }}<b>"
    assert "{{ email }}&lt;b&gt;" in _text(mail, "text/html")


def test_sequence_whose_author_may_not_send_any_more_pauses_itself(cast: Cast) -> None:
    mailbox = make_marketing_mailbox(cast.tenant, "Sales")
    access = MailboxAccess.objects.create(tenant=cast.tenant, mailbox=mailbox, membership=cast.member)
    sequence = make_sequence(mailbox, author=cast.member)
    waiting = enroll(sequence, make_contact(cast.tenant))
    access.delete()

    run(cast.tenant, now=NOW)

    found = sequence.refreshed()
    assert found.state == Sequence.State.PAUSED
    assert "may not send from Sales" in found.paused_because
    assert not OutgoingMessage.objects.exists()
    assert waiting.refreshed().state == Enrollment.State.ACTIVE


def test_sequence_with_a_text_that_cannot_be_filled_in_pauses_itself(enrollment: Enrollment) -> None:
    Variant.objects.update(subject="Hello {{ nobody_knows }}")

    run(enrollment.tenant, now=NOW)

    found = enrollment.sequence.refreshed()
    assert found.state == Sequence.State.PAUSED
    assert "Step 1" in found.paused_because


def test_server_that_was_switched_off_pauses_its_contacts(enrollment: Enrollment) -> None:
    server = enrollment.server
    assert server is not None
    type(server).objects.update(is_active=False)

    run(enrollment.tenant, now=NOW)

    found = enrollment.refreshed()
    assert (found.state, found.cause) == (Enrollment.State.PAUSED, Enrollment.Cause.SERVER_LOST)


def test_variants_are_drawn_by_weight_and_always_the_same(sequence: Sequence) -> None:
    step = sequence.steps.get(position=1)
    Variant.objects.filter(step=step).update(weight=3)
    Variant.objects.create(tenant=sequence.tenant, step=step, label="B", weight=1, subject="B", html="", changed_at=NOW)
    variants = list(step.variants.all())
    contacts = [Enrollment().pk for _ in range(2000)]

    drawn = [variant_for(one, step.pk, variants) for one in contacts]

    assert drawn == [variant_for(one, step.pk, variants) for one in contacts]
    share = sum(one is not None and one.label == "B" for one in drawn) / len(drawn)
    assert 0.2 < share < 0.3


def test_sequences_that_share_a_limit_share_it(cast: Cast) -> None:
    mailbox = make_marketing_mailbox(cast.tenant)
    make_outgoing(mailbox)
    sequences = [make_sequence(mailbox, author=cast.owner, week=ALWAYS) for _ in range(2)]
    for sequence in sequences:
        for _ in range(8):
            enroll(sequence, make_contact(cast.tenant))

    run(cast.tenant, now=NOW)

    counts = [StepSend.objects.filter(sequence=one).count() for one in sequences]
    assert counts == [5, 5]
    assert Delivery.objects.count() == 10
