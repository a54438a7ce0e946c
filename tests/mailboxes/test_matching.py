"""Which sent message does a received one answer? Stored mail goes through the whole pipeline here."""

import pytest

from mailboxes.identifiers import identifier_key
from mailboxes.models import Conversation, Message, SentIdentifier
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast
from tests.mailboxes.matching import CUSTOMER, receive, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_in_reply_to_matches_and_says_so(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)

        reply = receive(cast.mailbox, In_Reply_To=f"<{sent.message_id}>")

        assert reply.answers_id == sent.pk
        assert reply.conversation_id == sent.conversation_id
        assert reply.evidence == Message.Evidence.IN_REPLY_TO
        assert reply.evidence_identifier == sent.message_id
        assert [one["step"] for one in reply.trace] == ["match", "file"]


def test_references_match_where_in_reply_to_names_something_unknown(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)

        reply = receive(
            cast.mailbox,
            In_Reply_To="<lost@customers.example>",
            References=f"<{sent.message_id}> <lost@customers.example>",
        )

        assert reply.answers_id == sent.pk
        assert reply.evidence == Message.Evidence.REFERENCES


@pytest.mark.parametrize(
    ("kept", "quoted"),
    [
        (
            "0102018f3a5b7c9d-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000",
            "<0102018f3a5b7c9d-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d-000000@eu-west-1.amazonses.com>",
        ),
        ("AM0PR01MB1234@eurprd01.prod.outlook.com", "<AM0PR01MB1234@eurprd01.prod.outlook.com>"),
    ],
    ids=["Amazon SES", "Outlook"],
)
def test_the_identifier_that_the_provider_put_in_the_place_of_ours_matches(cast: Cast, kept: str, quoted: str) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)
        SentIdentifier.objects.create(
            tenant=cast.tenant,
            outgoing_message=sent,
            mailbox=cast.mailbox,
            key=identifier_key(kept),
            text=kept,
            source=SentIdentifier.Source.PROVIDER,
        )

        reply = receive(cast.mailbox, In_Reply_To=quoted)

        assert reply.answers_id == sent.pk
        assert reply.evidence == Message.Evidence.PROVIDER_IDENTIFIER


def test_a_stranger_who_quotes_our_message_id_does_not_join(cast: Cast) -> None:
    """SECURITY B079."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)

        message = receive(cast.mailbox, "mallory@elsewhere.example", In_Reply_To=f"<{sent.message_id}>")

        assert message.answers_id is None
        assert message.conversation_id != sent.conversation_id
        assert message.conversation is not None
        assert message.conversation.related_to_id == sent.conversation_id


def test_someone_whom_the_correspondent_copied_may_answer(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)
        receive(cast.mailbox, In_Reply_To=f"<{sent.message_id}>", Cc="dora@customers.example")

        message = receive(cast.mailbox, "dora@customers.example", In_Reply_To=f"<{sent.message_id}>")

        assert message.conversation_id == sent.conversation_id


def test_a_second_mail_to_an_own_earlier_one_stays_in_the_conversation(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        first = receive(cast.mailbox, Message_ID="<one@customers.example>")

        second = receive(cast.mailbox, In_Reply_To="<one@customers.example>")

        assert second.conversation_id == first.conversation_id
        assert second.answers_id is None
        assert Conversation.objects.get().message_count == 2


def test_mail_sent_from_another_mailbox_is_not_answered_here(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, mailbox=cast.hidden_mailbox)

        message = receive(cast.mailbox, In_Reply_To=f"<{sent.message_id}>")

        assert message.answers_id is None
        assert message.conversation_id != sent.conversation_id


def test_two_from_headers_join_nothing(cast: Cast) -> None:
    """SECURITY B080: identity is ignored when From names more than one address."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)

        message = receive(cast.mailbox, f"{CUSTOMER}, boss@acme.example", In_Reply_To=f"<{sent.message_id}>")

        assert message.conversation_id != sent.conversation_id


def test_one_letter_to_many_is_one_conversation_with_all_of_them(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER, "dora@customers.example")

        replies = [
            receive(cast.mailbox, one, In_Reply_To=f"<{sent.message_id}>")
            for one in (CUSTOMER, "dora@customers.example")
        ]

        assert {one.conversation_id for one in replies} == {sent.conversation_id}


def test_a_reply_opens_a_closed_conversation_and_is_unread(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)
        Conversation.objects.update(status=Conversation.Status.CLOSED)

        receive(cast.mailbox, In_Reply_To=f"<{sent.message_id}>")

        unread = Conversation.objects.visible_to(cast.owner).unread_for(cast.owner)
        assert [one.status for one in unread] == [Conversation.Status.OPEN]
