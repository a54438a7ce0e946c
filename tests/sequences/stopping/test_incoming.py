"""Mail that comes in stops and pauses sequences (SPEC S4); it goes through the whole pipeline here."""

from datetime import timedelta

import pytest

from mailboxes.models import AddressStanding, Conversation, Mailbox, OutgoingMessage
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from sequences.models import Enrollment, EnrollmentEvent, Sequence, StepSend
from sequences.stopping import end_away, shield
from tests.factories import Cast
from tests.mailboxes.matching import receive, receive_raw
from tests.sequences.factories import Mail, enroll, make_contact, make_marketing_mailbox, make_sequence
from tests.sequences.sending import run, send_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

STEPS = (Mail(), Mail(subject="", delay=3))
ADA = "ada@customer.example"
_State = Enrollment.State
_Cause = Enrollment.Cause


@pytest.fixture
def sequence(cast: Cast, mailbox: Mailbox) -> Sequence:
    return make_sequence(mailbox, author=cast.owner, steps=STEPS)


@pytest.fixture
def sent(sequence: Sequence) -> StepSend:
    """The first mail to Ada, which was taken."""
    return send_step(enroll(sequence, make_contact(sequence.tenant, ADA)), now=clock.now())


def _outgoing(send: StepSend) -> OutgoingMessage:
    return OutgoingMessage.objects.get(pk=send.outgoing_message_id)


def _answers(send: StepSend) -> dict[str, str]:
    return {"In_Reply_To": f"<{_outgoing(send).message_id}>", "Subject": "Re: Hello Ada"}


def _bounce(send: StepSend, *, status: str = "5.1.1", action: str = "failed", recipient: str = ADA) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.customer.example\r\nTo: sales@acme.example\r\n"
        "Subject: Delivery report\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nYour mail did not arrive.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customer.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} No such user here\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{_outgoing(send).message_id}>\r\nTo: {recipient}\r\nSubject: Hello Ada\r\n--b--\r\n"
    ).encode()


def _complaint(send: StepSend) -> bytes:
    return (
        "From: fbl@provider.example\r\nTo: sales@acme.example\r\nSubject: Complaint\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\n\r\nThis is an abuse report.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Loop/1.0\r\n"
        f"Version: 1\r\nOriginal-Rcpt-To: {ADA}\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: <{_outgoing(send).message_id}>\r\nTo: {ADA}\r\nSubject: Hello Ada\r\n--b--\r\n"
    ).encode()


def test_reply_stops_the_contact_everywhere_and_opens_the_conversation(
    cast: Cast, mailbox: Mailbox, sent: StepSend
) -> None:
    elsewhere = enroll(make_sequence(mailbox, author=cast.owner, steps=STEPS), sent.contact)

    reply = receive(mailbox, ADA, **_answers(sent))

    for enrollment in (sent.enrollment, elsewhere):
        found = enrollment.refreshed()
        assert (found.state, found.cause, found.due_at) == (_State.STOPPED, _Cause.REPLIED, None)
        event = EnrollmentEvent.objects.get(enrollment=enrollment, kind=EnrollmentEvent.Kind.STOPPED)
        assert event.message_id == reply.pk
    assert sent.refreshed().replied_at is not None
    assert Conversation.objects.get(pk=reply.conversation_id).status == Conversation.Status.OPEN
    assert reply.conversation_id == sent.enrollment.refreshed().conversation_id
    assert "stop_sequences" in {one["step"] for one in reply.trace}


def test_colleague_who_answers_what_the_contact_got_stops_it(mailbox: Mailbox, sent: StepSend) -> None:
    receive(mailbox, "boss@customer.example", **_answers(sent))

    assert sent.enrollment.refreshed().cause == _Cause.REPLIED


def test_mail_of_the_contact_that_quotes_nothing_stops_it(mailbox: Mailbox, sent: StepSend) -> None:
    receive(mailbox, ADA, Subject="A question about your offer")

    assert sent.enrollment.refreshed().cause == _Cause.REPLIED


def test_reply_that_reaches_another_mailbox_of_the_account_stops_it(cast: Cast, sent: StepSend) -> None:
    receive(cast.mailbox, ADA, **_answers(sent))

    assert sent.enrollment.refreshed().cause == _Cause.REPLIED


def test_mail_of_the_contact_to_another_mailbox_about_something_else_stops_nothing(cast: Cast, sent: StepSend) -> None:
    receive(cast.mailbox, ADA, Subject="My invoice")

    assert sent.enrollment.refreshed().state == _State.ACTIVE


def test_mail_of_a_stranger_stops_nothing(mailbox: Mailbox, sent: StepSend) -> None:
    receive(mailbox, "stranger@elsewhere.example", Subject="Hello")

    assert sent.enrollment.refreshed().state == _State.ACTIVE


def test_mail_of_another_account_that_quotes_ours_stops_nothing(cast: Cast, sent: StepSend) -> None:
    headers = _answers(sent)
    with tenant_scope(cast.other_tenant.pk):
        other = make_marketing_mailbox(cast.other_tenant)
        make_sequence(other, author=cast.stranger)
        receive(other, ADA, **headers)

    assert sent.enrollment.refreshed().state == _State.ACTIVE


def test_colleagues_stop_where_the_sequence_says_so(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=STEPS, stops_company=True)
    sent = send_step(enroll(sequence, make_contact(cast.tenant, ADA)), now=clock.now())
    colleague = enroll(sequence, make_contact(cast.tenant, "bob@customer.example"))
    other = enroll(sequence, make_contact(cast.tenant, "eve@elsewhere.example"))

    receive(mailbox, ADA, **_answers(sent))

    assert colleague.refreshed().cause == _Cause.COMPANY_REPLIED
    assert other.refreshed().state == _State.ACTIVE


def test_people_with_free_mail_share_no_company(cast: Cast, mailbox: Mailbox) -> None:
    sequence = make_sequence(mailbox, author=cast.owner, steps=STEPS, stops_company=True)
    sent = send_step(enroll(sequence, make_contact(cast.tenant, "ada@gmail.com")), now=clock.now())
    other = enroll(sequence, make_contact(cast.tenant, "bob@gmail.com"))

    receive(mailbox, "ada@gmail.com", **_answers(sent))

    assert sent.enrollment.refreshed().cause == _Cause.REPLIED
    assert other.refreshed().state == _State.ACTIVE


def test_out_of_office_pauses_until_the_day_that_it_names(mailbox: Mailbox, sent: StepSend) -> None:
    back = clock.now() + timedelta(days=20)
    note = f"I am out of the office until {back:%Y-%m-%d}.\r\n"

    receive_raw(mailbox, _out_of_office(sent, note))

    found = sent.enrollment.refreshed()
    assert (found.state, found.cause, found.due_at) == (_State.PAUSED, _Cause.AWAY, None)
    assert found.paused_until is not None
    assert abs(found.paused_until - back) < timedelta(days=2)
    assert sent.refreshed().away_at is not None


def test_out_of_office_without_a_date_pauses_for_five_days_and_then_goes_on(mailbox: Mailbox, sent: StepSend) -> None:
    before = clock.now()
    receive_raw(mailbox, _out_of_office(sent, "I am out of the office.\r\n"))
    paused = sent.enrollment.refreshed()

    end_away(now=before + timedelta(days=4))
    still = sent.enrollment.refreshed().state
    end_away(now=before + timedelta(days=6))

    found = sent.enrollment.refreshed()
    assert paused.paused_until is not None
    assert paused.paused_until - before > timedelta(days=4, hours=23)
    assert still == _State.PAUSED
    assert found.step is not None
    assert found.due_at is not None
    assert (found.state, found.step.position) == (_State.ACTIVE, 2)
    assert found.due_at >= before + timedelta(days=6)


def _out_of_office(send: StepSend, note: str) -> bytes:
    return (
        f"From: {ADA}\r\nTo: sales@acme.example\r\nSubject: Out of office: Hello Ada\r\n"
        f"Auto-Submitted: auto-replied\r\nIn-Reply-To: <{_outgoing(send).message_id}>\r\n\r\n{note}"
    ).encode()


def test_permanent_bounce_stops_and_opens_nothing(mailbox: Mailbox, sent: StepSend) -> None:
    message = receive_raw(mailbox, _bounce(sent))

    found = sent.enrollment.refreshed()
    assert (found.state, found.cause) == (_State.STOPPED, _Cause.BOUNCED)
    assert "5.1.1" in found.cause_words
    assert sent.refreshed().bounced_at is not None
    assert Conversation.objects.get(pk=message.conversation_id).status == Conversation.Status.CLOSED
    assert AddressStanding.objects.get(address=ADA).is_incorrect


@pytest.mark.parametrize(("status", "action"), [("4.4.1", "delayed"), ("4.2.2", "failed")])
def test_bounce_that_is_not_for_good_stops_nothing(mailbox: Mailbox, sent: StepSend, status: str, action: str) -> None:
    receive_raw(mailbox, _bounce(sent, status=status, action=action))

    assert sent.enrollment.refreshed().state == _State.ACTIVE


def test_complaint_stops_everywhere(mailbox: Mailbox, sent: StepSend) -> None:
    receive_raw(mailbox, _complaint(sent))

    assert sent.enrollment.refreshed().cause == _Cause.COMPLAINED
    assert sent.refreshed().complained_at is not None


def test_unsubscribing_by_mail_stops_everywhere_and_is_remembered(mailbox: Mailbox, sent: StepSend) -> None:
    # What mail programs write for List-Unsubscribe.
    receive_raw(mailbox, f"From: {ADA}\r\nTo: {mailbox.address}\r\nSubject: unsubscribe\r\n\r\n".encode())

    assert sent.enrollment.refreshed().cause == _Cause.UNSUBSCRIBED
    assert AddressStanding.objects.get(address=ADA).unsubscribed_at is not None
    assert sent.refreshed().unsubscribed_at is not None


def test_reply_takes_back_what_has_not_left(cast: Cast, mailbox: Mailbox, sent: StepSend) -> None:
    now = clock.now() + timedelta(days=4)
    run(cast.tenant, now=now)
    second = StepSend.objects.exclude(pk=sent.pk).get()

    receive(mailbox, ADA, **_answers(sent))

    assert second.refreshed().withdrawn_at is not None
    assert _outgoing(second).deliveries.get().state == "withdrawn"


def test_bounces_above_the_limit_pause_the_sequence(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    now = clock.now()
    sends = [send_step(enroll(sequence, make_contact(cast.tenant)), now=now) for _ in range(2)]
    StepSend.objects.filter(pk=sends[0].pk).update(bounced_at=now)
    few = shield.look(sequence.pk, now=now)
    for minute in range(18):
        # No more than ten a minute leave.
        send_step(enroll(sequence, make_contact(cast.tenant)), now=now + timedelta(minutes=minute))

    paused = shield.look(sequence.pk, now=now + timedelta(hours=1))

    found = sequence.refreshed()
    assert (few, paused) == (False, True)
    assert found.state == Sequence.State.PAUSED
    assert found.paused_because.startswith("1 of the last 20 mails bounced")


def test_bounces_that_a_person_has_looked_at_are_forgiven(cast: Cast, mailbox: Mailbox, sequence: Sequence) -> None:
    now = clock.now()
    send = send_step(enroll(sequence, make_contact(cast.tenant)), now=now)
    StepSend.objects.filter(pk=send.pk).update(bounced_at=now)
    Sequence.objects.update(shield_from=now + timedelta(seconds=1))

    assert not shield.look(sequence.pk, now=now + timedelta(days=1))
