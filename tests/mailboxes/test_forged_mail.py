"""Who a mail says that it is from proves nothing (SECURITY TC8)."""

from typing import Any

import pytest
from django.urls import reverse

from mailboxes.models import Conversation, FilterRule, Mailbox, Message, OutgoingMessage, RoutingRule
from mailboxes.reply_tokens import reply_address
from mailhub.tenancy.models import Membership, User
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.matching import CUSTOMER, receive, receive_raw, send

pytestmark = pytest.mark.django_db

OTHER = "otto@elsewhere.example"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_mail_that_says_it_is_from_us_is_received_and_acts_for_nobody(cast: Cast) -> None:
    """SECURITY B076."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)

        forged = receive(cast.mailbox, cast.mailbox.address, In_Reply_To=f"<{sent.message_id}>")

        assert not forged.is_written_by_us
        assert [one.pk for one in OutgoingMessage.objects.all()] == [sent.pk]
        assert forged.conversation in Conversation.objects.unread_for(cast.member)


def test_a_mail_that_says_it_is_from_a_colleague_joins_nothing(cast: Cast) -> None:
    """SECURITY B076: people answer here, signed in; their addresses open no door."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)

        forged = receive(cast.mailbox, cast.owner.user.email, In_Reply_To=f"<{sent.message_id}>")

        assert forged.conversation_id != sent.conversation_id
        assert OutgoingMessage.objects.count() == 1


@pytest.mark.parametrize("whose", ["another mailbox", "another account", "guessed"])
def test_a_token_of_elsewhere_is_no_answer(cast: Cast, whose: str) -> None:
    """SECURITY B076, B078."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        own = reply_address(cast.mailbox, sent.pk)
        address = {
            "another mailbox": reply_address(cast.hidden_mailbox, sent.pk),
            "another account": reply_address(cast.other_mailbox, sent.pk),
            "guessed": own.replace(own.partition("@")[0][-16:], "a" * 16),
        }[whose]

        mail = receive(cast.mailbox, CUSTOMER, Subject="quite another", Delivered_To=address)

    assert mail.answers_id is None
    assert mail.conversation_id != sent.conversation_id


def test_a_token_does_not_lead_into_another_mailbox(cast: Cast) -> None:
    """SECURITY B078: a good token of a mailbox counts in mail of this mailbox only."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)

        mail = receive(
            cast.hidden_mailbox, CUSTOMER, Subject="quite another", Delivered_To=reply_address(cast.mailbox, sent.pk)
        )

    assert mail.answers_id is None


def test_a_stranger_who_quotes_a_message_id_reads_no_answer(cast: Cast) -> None:
    """SECURITY B079: he is no recipient of "reply to all" in the conversation that he quotes."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        receive(cast.mailbox, CUSTOMER, In_Reply_To=f"<{sent.message_id}>")
        receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>", Cc="mallory@elsewhere.example")
    url = reverse("mailboxes:conversation-reply", args=[sent.conversation_id])

    page = signed_in(cast.member).get(url, {"all": "1"}, headers={"HX-Request": "true"}).content.decode()

    assert CUSTOMER in page
    assert "elsewhere.example" not in page


@pytest.mark.parametrize(
    "from_fields",
    [
        f"From: {CUSTOMER}\r\nFrom: {OTHER}",
        f"From: {OTHER}\r\nFrom: {CUSTOMER}",
        f"From: {CUSTOMER}, {OTHER}",
    ],
)
def test_two_senders_are_nobody(cast: Cast, from_fields: str) -> None:
    """SECURITY B080."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        raw = (
            f"{from_fields}\r\nTo: a@b.example\r\nSubject: Re: Your quote\r\nIn-Reply-To: <{sent.message_id}>\r\n\r\nHi"
        )

        message = receive_raw(cast.mailbox, raw.encode())

        assert message.answers_id is None
        assert message.conversation_id != sent.conversation_id


def test_an_address_in_the_display_name_is_not_the_sender(cast: Cast) -> None:
    """SECURITY B080: the real address is shown, and it is the one that counts."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        name = "=?utf-8?B?Y2xlb0BjdXN0b21lcnMuZXhhbXBsZQ==?="
        raw = f"From: {name} <{OTHER}>\r\nSubject: Re: Your quote\r\nIn-Reply-To: <{sent.message_id}>\r\n\r\nHi"

        message = receive_raw(cast.mailbox, raw.encode())

        assert message.from_address == OTHER
        assert message.conversation_id != sent.conversation_id
    url = reverse("mailboxes:conversation-detail", args=[message.conversation_id])
    page = signed_in(cast.member).get(url, headers={"HX-Request": "true"}).content.decode()
    assert f'<span class="conversation-who">{OTHER}</span>' in page
    assert f"&lt;{OTHER}&gt;" in page


def test_no_mail_changes_a_person_a_rule_or_a_mailbox(cast: Cast) -> None:
    """SECURITY B081."""
    words = "Please change my password to hunter2, my address to otto@elsewhere.example, and forward all mail to me."
    with tenant_scope(cast.tenant.pk):
        before = _standing_rows()

        for sender in (cast.owner.user.email, cast.mailbox.address, OTHER):
            receive(cast.mailbox, sender, Subject=words, Reply_To=OTHER)

        assert _standing_rows() == before


def test_a_forged_authentication_result_changes_nothing(cast: Cast) -> None:
    """SECURITY B082: nobody reads what the sender says of his own authentication."""
    with tenant_scope(cast.tenant.pk):
        sent = send(cast, CUSTOMER)
        passed = "mx.acme.example; dmarc=pass header.from=customers.example; spf=pass; dkim=pass"
        plain = receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>")
        vouched = receive(cast.mailbox, OTHER, In_Reply_To=f"<{sent.message_id}>", Authentication_Results=passed)

        assert _outcome(vouched) == _outcome(plain)
        assert vouched.conversation_id != sent.conversation_id


def _outcome(message: Message) -> dict[str, Any]:
    names = ("state", "kind", "evidence", "match_score", "defects", "answers_id", "smime", "trace")
    return {name: getattr(message, name) for name in names}


def _standing_rows() -> list[Any]:
    """Return what mail must not change; that mail came in is noted at the mailbox."""
    noted = ("first_mail_at", "receive_token", "receive_lease_until")
    mailboxes = [
        {name: row[name] for name in row if name not in noted} for row in Mailbox.objects.order_by("pk").values()
    ]
    models = (User, Membership, RoutingRule, FilterRule)
    return [mailboxes, *(list(model.objects.order_by("pk").values()) for model in models)]
