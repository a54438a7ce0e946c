"""Copies of all mail of a mailbox: in the envelope, never in a header, and of nobody's concern (SPEC M20)."""

from email import message_from_bytes

import pytest
from django.urls import reverse

from mailboxes import outbox
from mailboxes.addresses import Address
from mailboxes.composing import Composition
from mailboxes.models import (
    AddressStanding,
    BlindCopyAddress,
    Conversation,
    Delivery,
    Mailbox,
    Notification,
    OutgoingMessage,
    Participant,
)
from mailboxes.queue import acting
from mailboxes.standing import refusals
from mailboxes.writing import Letter, send_new
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import receive

NOW = clock.now()
ARCHIVE = "archive@tools.example"
Origin = OutgoingMessage.Origin


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    with tenant_scope(cast.tenant.pk):
        BlindCopyAddress.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, address=ARCHIVE, created_at=NOW)
    return make_outgoing(cast.mailbox, from_address="support@acme.example")


def _submit(server: OutgoingServer, origin: Origin, *, is_confidential: bool = False, to: str) -> OutgoingMessage:
    composition = Composition(
        from_=Address("", server.from_address),
        to=(Address("", to),),
        subject="Hello",
        text="Hello.",
        message_id=f"{new_id()}@acme.example",
        date=NOW,
    )
    submission = outbox.Submission(
        id=new_id(), server=server, composition=composition, origin=origin, is_confidential=is_confidential
    )
    with tenant_scope(server.tenant_id):
        return outbox.submit(submission, now=NOW)


def _recipients(outgoing: OutgoingMessage) -> dict[str, bool]:
    with tenant_scope(outgoing.tenant_id):
        return dict(outgoing.deliveries.values_list("recipient", "is_blind_copy"))


def _letter(cast: Cast, server: OutgoingServer, *to: str, bcc: str = "") -> OutgoingMessage:
    letter = Letter(
        id=new_id(),
        server=server,
        to=tuple(Address("", one) for one in to),
        cc=(),
        bcc=(Address("", bcc),) if bcc else (),
        subject="Your quote",
        text="Here it is.",
        html="",
        attachments=(),
        written_by=cast.member,
    )
    with tenant_scope(cast.tenant.pk):
        return send_new(letter, now=NOW)


@pytest.mark.parametrize("origin", [Origin.PERSON, Origin.AUTOMATIC, Origin.FORWARD, Origin.SYSTEM])
def test_all_mail_of_the_mailbox_is_copied(server: OutgoingServer, origin: Origin) -> None:
    outgoing = _submit(server, origin, to="nina@customer.example")

    assert _recipients(outgoing) == {"nina@customer.example": False, ARCHIVE: True}


def test_security_mail_is_not_copied(server: OutgoingServer) -> None:
    outgoing = _submit(server, Origin.SYSTEM, is_confidential=True, to="nina@people.example")

    assert _recipients(outgoing) == {"nina@people.example": False}


def test_reply_check_is_not_copied(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _submit(server, Origin.PROBE, to=cast.mailbox.address)

    assert _recipients(outgoing) == {cast.mailbox.address: False}


def test_no_header_names_who_gets_a_copy(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _letter(cast, server, "nina@customer.example", bcc="boss@acme.example")

    with tenant_scope(cast.tenant.pk):
        raw = outgoing.raw()
        assert b"archive" not in raw.lower()
        assert b"boss" not in raw.lower()
        assert "bcc" not in {name.lower() for name in message_from_bytes(raw)}
        assert outgoing.refreshed().bcc == [["", "boss@acme.example"]]


def test_who_is_a_recipient_already_gets_one_copy(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _letter(cast, server, "Archive@Tools.example", bcc="boss@acme.example")

    assert _recipients(outgoing) == {"Archive@Tools.example": False, "boss@acme.example": False}


def test_copies_of_another_mailbox_are_its_own(cast: Cast, server: OutgoingServer) -> None:
    other = make_outgoing(cast.hidden_mailbox)

    assert _recipients(_submit(other, Origin.PERSON, to="nina@customer.example")) == {"nina@customer.example": False}


def test_who_gets_copies_takes_no_part_in_the_conversation(cast: Cast, server: OutgoingServer) -> None:
    _letter(cast, server, "nina@customer.example")

    with tenant_scope(cast.tenant.pk):
        assert not Participant.objects.filter(address=ARCHIVE).exists()


def test_copy_that_is_refused_says_nothing_about_a_correspondent(cast: Cast, server: OutgoingServer) -> None:
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(kind=Mailbox.Kind.MARKETING)
        outgoing = _letter(cast, server, "nina@customer.example")
        outgoing.deliveries.filter(is_blind_copy=True).update(
            state=Delivery.State.FAILED,
            reply_code=550,
            enhanced_status="5.1.1",
            reply_text="No such user",
            settled_at=NOW,
        )

        refusals.record_refusals(outgoing.refreshed())

        assert not AddressStanding.objects.exists()


def test_bounce_of_a_copy_is_filed_and_is_news_for_nobody(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _letter(cast, server, "nina@customer.example")
    assert outgoing.conversation is not None
    with tenant_scope(cast.tenant.pk):
        acting.set_status([outgoing.conversation], Conversation.Status.CLOSED, by=None, now=NOW)

    bounce = receive(cast.mailbox, _bounce(outgoing, ARCHIVE))

    with tenant_scope(cast.tenant.pk):
        assert bounce.conversation_id == outgoing.conversation_id
        assert Conversation.objects.get().status == Conversation.Status.CLOSED
        assert not Notification.objects.exists()
        assert not AddressStanding.objects.exists()


def test_bounce_of_the_mail_itself_is_news(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _letter(cast, server, "nina@customer.example")
    assert outgoing.conversation is not None
    with tenant_scope(cast.tenant.pk):
        acting.set_status([outgoing.conversation], Conversation.Status.CLOSED, by=None, now=NOW)

    receive(cast.mailbox, _bounce(outgoing, "nina@customer.example"))

    with tenant_scope(cast.tenant.pk):
        assert Conversation.objects.get().status == Conversation.Status.OPEN
        assert Notification.objects.get().recipient == cast.member


def _bounce(outgoing: OutgoingMessage, recipient: str) -> bytes:
    """Return what a server reports that did not bring the message to one recipient (RFC 3464)."""
    return "\r\n".join(
        [
            "From: MAILER-DAEMON@mx.example",
            f"To: {outgoing.from_address}",
            "Subject: Undelivered Mail Returned to Sender",
            "Date: Tue, 03 Mar 2026 09:12:00 +0000",
            f"Message-ID: <{new_id()}@mx.example>",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain",
            "",
            "It could not be delivered.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.example",
            "",
            f"Final-Recipient: rfc822; {recipient}",
            "Action: failed",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 No such user",
            "",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            f"Message-ID: <{outgoing.message_id}>",
            f"From: {outgoing.from_address}",
            "",
            "--b--",
            "",
        ]
    ).encode()


def test_people_of_the_mailbox_see_who_got_a_copy(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _letter(cast, server, "nina@customer.example", bcc="boss@acme.example")

    page = signed_in(cast.member).get(reverse("mailboxes:delivery-list", args=[outgoing.pk])).content.decode()

    assert "Blind copy (auto-BCC)" in page
    assert ">Bcc<" in page
    # Whom it is for comes first, whatever the alphabet says.
    assert page.index("nina@customer.example") < page.index(ARCHIVE)
    assert page.index("boss@acme.example") < page.index(ARCHIVE)
