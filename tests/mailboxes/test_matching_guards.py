"""What keeps a message out of a conversation, and what lets a report in (SPEC I2, SECURITY B076 to B079)."""

import pytest

from mailboxes.models import Conversation, Message, OutgoingMessage
from mailboxes.reply_tokens import answered_messages, reply_address
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.matching import CUSTOMER, receive, receive_raw, send

pytestmark = pytest.mark.django_db

OTHER = "otto@elsewhere.example"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def _bounce(outgoing: OutgoingMessage, recipient: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.customers.example\r\nTo: {outgoing.from_address}\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.customers.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{outgoing.message_id}>\r\n"
        f"From: {outgoing.from_address}\r\nTo: {recipient}\r\nSubject: Your quote\r\n\r\nHere.\r\n--b--\r\n"
    ).encode()


def test_a_bounce_joins_by_the_original_that_it_encloses(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        bounce = receive_raw(cast.mailbox, _bounce(sent, CUSTOMER))

    assert (bounce.conversation_id, bounce.answers_id) == (sent.conversation_id, sent.pk)
    assert bounce.evidence == Message.Evidence.BOUNCED_ORIGINAL
    assert bounce.match_score == 95


def test_a_bounce_of_somebody_whom_we_did_not_write_to_joins_nothing(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        forged = receive_raw(cast.mailbox, _bounce(sent, OTHER))

        assert forged.answers_id is None
        assert forged.conversation is not None
        assert forged.conversation_id != sent.conversation_id
        assert forged.conversation.related_to_id == sent.conversation_id


def test_a_letter_to_many_makes_a_conversation_for_each_who_answers(cast: Cast) -> None:
    people = [f"person{number}@customers.example" for number in range(12)]
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, *people)

        replies = [receive(cast.mailbox, one, In_Reply_To=f"<{sent.message_id}>") for one in people[:3]]
        again = receive(cast.mailbox, people[0], In_Reply_To=f"<{sent.message_id}>")

        assert {one.answers_id for one in [*replies, again]} == {sent.pk}
        assert len({one.conversation_id for one in replies}) == 3
        assert sent.conversation_id not in {one.conversation_id for one in replies}
        assert again.conversation_id == replies[0].conversation_id
        opened = Conversation.objects.filter(pk__in=[one.conversation_id for one in replies])
        assert set(opened.values_list("related_to", flat=True)) == {sent.conversation_id}


def test_an_answer_without_identifiers_matches_by_correspondent_and_subject(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        reply = receive(cast.mailbox, CUSTOMER)

    assert (reply.conversation_id, reply.answers_id) == (sent.conversation_id, sent.pk)
    assert (reply.evidence, reply.match_score) == (Message.Evidence.CORRESPONDENT, 40)


@pytest.mark.parametrize(
    ("from_", "subject"),
    [(OTHER, "Re: Your quote"), (CUSTOMER, "Re: Another thing"), (CUSTOMER, "Your quote"), (CUSTOMER, "Re: Hi")],
    ids=["somebody else", "another subject", "not an answer", "says nothing"],
)
def test_weak_evidence_that_does_not_fit_joins_nothing(cast: Cast, from_: str, subject: str) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        mail = receive(cast.mailbox, from_, Subject=subject)

    assert mail.answers_id is None
    assert mail.conversation_id != sent.conversation_id


def test_weak_evidence_counts_in_its_own_mailbox_only(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        send(cast, CUSTOMER)

        mail = receive(cast.hidden_mailbox, CUSTOMER)

    assert mail.answers_id is None


def test_a_reference_under_another_subject_opens_a_linked_conversation(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        mail = receive(
            cast.mailbox,
            CUSTOMER,
            Subject="Something else entirely",
            In_Reply_To="<lost@customers.example>",
            References=f"<{sent.message_id}> <lost@customers.example>",
        )

        assert mail.conversation is not None
        assert mail.conversation_id != sent.conversation_id
        assert mail.conversation.related_to_id == sent.conversation_id


def test_a_signed_address_matches(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        reply = receive(
            cast.mailbox, CUSTOMER, Subject="quite another", Delivered_To=reply_address(cast.mailbox, sent.pk)
        )

    assert (reply.conversation_id, reply.answers_id) == (sent.conversation_id, sent.pk)
    assert (reply.evidence, reply.match_score) == (Message.Evidence.REPLY_TOKEN, 100)


def test_a_bounce_that_encloses_nothing_is_known_by_the_signed_address(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        raw = _bounce(sent, CUSTOMER).replace(f"Message-ID: <{sent.message_id}>\r\n".encode(), b"")
        to = f"Delivered-To: {reply_address(cast.mailbox, sent.pk)}\r\n".encode()

        bounce = receive_raw(cast.mailbox, to + raw)

    assert (bounce.conversation_id, bounce.answers_id) == (sent.conversation_id, sent.pk)
    assert bounce.evidence == Message.Evidence.REPLY_TOKEN


def test_a_signed_address_lets_no_stranger_in(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        mail = receive(cast.mailbox, OTHER, Delivered_To=reply_address(cast.mailbox, sent.pk))

    assert mail.conversation_id != sent.conversation_id
    assert mail.answers_id is None


def test_a_signature_counts_for_its_own_mailbox_and_message(cast: Cast) -> None:
    sent_id = new_id()
    address = reply_address(cast.mailbox, sent_id)
    local_part, _at, domain = address.partition("@")
    forged = [
        reply_address(cast.hidden_mailbox, sent_id),
        reply_address(cast.other_mailbox, sent_id),
        f"{cast.mailbox.direct_token}+r{'a' * 42}@{domain}",
        f"{local_part[:-1]}{'a' if local_part[-1] != 'a' else 'b'}@{domain}",
        f"{local_part}@elsewhere.example",
    ]

    assert answered_messages(cast.mailbox, [address, address.upper()]) == [sent_id]
    assert answered_messages(cast.mailbox, forged) == []
    assert len(local_part) <= 64
