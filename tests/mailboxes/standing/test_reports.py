"""What reports do to the standing of addresses (SPEC I5); they go through the whole pipeline here."""

import pytest

from mailboxes.models import AddressStanding, Delivery, Mailbox, OutgoingMessage, ReportedFailure, StandingChange
from mailboxes.standing import changing
from mailboxes.standing.refusals import record_refusals
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.matching import CUSTOMER, receive_raw, send

pytestmark = pytest.mark.django_db

OTHER = "otto@elsewhere.example"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)
        cast.mailbox.refresh_from_db()
    return cast


def _report(outgoing: OutgoingMessage | None, recipient: str, *, status: str, action: str, words: str) -> bytes:
    original = f"Message-ID: <{outgoing.message_id}>\r\n" if outgoing else ""
    return (
        "From: MAILER-DAEMON@mx.customers.example\r\nTo: box@acme.example\r\n"
        "Subject: Delivery report\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\n\r\nReport: {words}\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customers.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {words}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}To: {recipient}\r\nSubject: Your quote\r\n--b--\r\n"
    ).encode()


def _no_such_user(outgoing: OutgoingMessage | None, recipient: str = CUSTOMER) -> bytes:
    return _report(outgoing, recipient, status="5.1.1", action="failed", words="550 5.1.1 No such user here")


def test_a_permanent_bounce_marks_the_address_as_incorrect(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        bounce = receive_raw(cast.mailbox, _no_such_user(sent))

        standing = AddressStanding.objects.get()
        assert (standing.address, standing.is_incorrect) == (CUSTOMER, True)
        assert "No such user here" in standing.incorrect_because
        failure = ReportedFailure.objects.get()
        assert (failure.message_id, failure.status, failure.is_permanent) == (bounce.pk, "5.1.1", True)
        assert failure.delivery == sent.deliveries.get()
        assert {"record_delivery_status"} < {one["step"] for one in bounce.trace}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("4.2.2", "452 4.2.2 Mailbox full"),
        ("5.7.1", "550 5.7.1 Message rejected as spam"),
        ("5.3.4", "552 5.3.4 Message too big"),
    ],
)
def test_a_bounce_that_says_nothing_of_the_address_is_counted(cast: Cast, status: str, words: str) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        receive_raw(cast.mailbox, _report(sent, CUSTOMER, status=status, action="failed", words=words))

        standing = AddressStanding.objects.get()
        assert (standing.is_incorrect, standing.temporary_bounce_count) == (False, 1)


def test_a_delay_is_noted_and_not_counted(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        receive_raw(
            cast.mailbox, _report(sent, CUSTOMER, status="4.4.1", action="delayed", words="421 4.4.1 timed out")
        )

        assert AddressStanding.objects.get().temporary_bounce_count == 0
        assert StandingChange.objects.get().event == StandingChange.Event.DELAYED


def test_a_service_mailbox_counts_and_marks_nothing(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER, mailbox=cast.hidden_mailbox)

        receive_raw(cast.hidden_mailbox, _no_such_user(sent))

        assert not AddressStanding.objects.get().is_incorrect


def test_a_report_on_somebody_whom_we_never_wrote_to_changes_nothing(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        receive_raw(cast.mailbox, _no_such_user(sent, OTHER))
        receive_raw(cast.mailbox, _no_such_user(None, OTHER))

        assert not AddressStanding.objects.exists()
        assert set(ReportedFailure.objects.values_list("address", "delivery")) == {(OTHER, None)}


def test_a_report_that_names_no_mail_is_about_the_newest_to_that_recipient(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        send(cast, CUSTOMER)

        receive_raw(cast.mailbox, _no_such_user(None))

        assert AddressStanding.objects.get().is_incorrect


def test_the_same_report_twice_counts_once(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        bounce = receive_raw(cast.mailbox, _no_such_user(sent))
        type(bounce).objects.filter(pk=bounce.pk).update(state="stored")

        receive_raw(cast.mailbox, b"Subject: wakes the pipeline\r\n\r\n.")

        assert StandingChange.objects.count() == 1


def test_a_person_clears_an_address_and_its_history_stays(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        receive_raw(cast.mailbox, _no_such_user(send(cast, CUSTOMER)))
        standing = AddressStanding.objects.get()

        changing.clear(standing, cast.owner, now=clock.now())

        assert not standing.refreshed().is_incorrect
        assert [one.event for one in standing.changes.all()] == [
            StandingChange.Event.CLEARED,
            StandingChange.Event.MARKED_INCORRECT,
        ]


def test_a_complaint_is_noted_for_the_one_recipient_of_our_mail(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        raw = (
            "From: feedback@provider.example\r\nTo: box@acme.example\r\nSubject: FW: Your quote\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
            "--b\r\n\r\nThis is an abuse report.\r\n"
            "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Loop/1\r\n"
            "Version: 1\r\n\r\n"
            f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{sent.message_id}>\r\n"
            "Subject: Your quote\r\n\r\n.\r\n--b--\r\n"
        )

        receive_raw(cast.mailbox, raw.encode())

        standing = AddressStanding.objects.get()
        assert (standing.address, standing.complained_at is not None) == (CUSTOMER, True)


def test_an_unsubscribe_request_counts_for_whom_we_wrote_to(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        send(cast, CUSTOMER)

        for address in (CUSTOMER, OTHER):
            raw = f"From: {address}\r\nTo: {cast.mailbox.address}\r\nSubject: unsubscribe\r\n\r\nunsubscribe\r\n"
            receive_raw(cast.mailbox, raw.encode())

        assert list(AddressStanding.objects.exclude(unsubscribed_at=None).values_list("address", flat=True)) == [
            CUSTOMER
        ]


def test_a_refusal_while_we_speak_with_the_server_counts_once(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        sent.deliveries.update(
            state=Delivery.State.FAILED,
            reply_code=550,
            enhanced_status="5.1.1",
            reply_text="No such user here",
            settled_at=clock.now(),
        )

        record_refusals(sent)
        record_refusals(sent)

        assert AddressStanding.objects.get().is_incorrect
        assert StandingChange.objects.count() == 1
