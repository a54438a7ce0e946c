"""A vacation is no bounce, and what nobody understands is no permanent one: no address is lost over them."""

import pytest

from mailboxes.classifying import Kind
from mailboxes.models import AddressStanding, Mailbox, ReportedFailure
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.matching import CUSTOMER, receive_raw, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)
        cast.mailbox.refresh_from_db()
    return cast


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-replied\r\nSubject: Automatic reply: Your quote",
        "Subject: Abwesenheitsnotiz: Angebot",
        "Return-Path: <>\r\nAuto-Submitted: auto-replied (vacation)\r\nSubject: Out of office",
    ],
)
def test_a_vacation_that_quotes_our_mail_marks_nobody(cast: Cast, fields: str) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        vacation = receive_raw(
            cast.mailbox,
            (
                f"From: <{CUSTOMER}>\r\nTo: box@acme.example\r\n{fields}\r\nIn-Reply-To: <{sent.message_id}>\r\n\r\n"
                "I am out of the office until Monday. My address 550 5.1.1 stays the same.\r\n"
            ).encode(),
        )

        assert vacation.kind == Kind.AUTO_REPLY
        assert vacation.answers_id == sent.pk
        assert not ReportedFailure.objects.exists()
        assert not AddressStanding.objects.filter(incorrect_since__isnull=False).exists()


_WITHOUT_STATUS = (
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    "--b\r\n\r\nSomething happened.\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customers.example\r\n\r\n"
    f"Final-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    "report",
    [_WITHOUT_STATUS, f"\r\nSomething happened to your mail to {CUSTOMER}.\r\n"],
    ids=["without a status", "in words that nobody knows"],
)
def test_a_report_that_nobody_understands_marks_nobody(cast: Cast, report: str) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        head = f"From: MAILER-DAEMON@mx.customers.example\r\nSubject: Your mail\r\nIn-Reply-To: <{sent.message_id}>\r\n"

        receive_raw(cast.mailbox, f"{head}{report}".encode())

        assert not AddressStanding.objects.filter(incorrect_since__isnull=False).exists()
