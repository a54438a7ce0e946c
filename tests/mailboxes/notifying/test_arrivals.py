"""Mail that comes in is news for whoever is in charge, or had a part. Stored mail goes through the whole pipeline."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes import receiving
from mailboxes.automatic.marks import LOOP_HEADER
from mailboxes.models import Conversation, Mailbox, Mention, Notification, OutgoingMessage
from mailhub import clock
from servers.models import FolderRole, OutgoingServer
from tests.factories import Cast
from tests.mailboxes.automatic.post import letter, receive, store
from tests.mailboxes.mail.factories import send
from tests.mailboxes.notifying.rows import make_note, take_away, told
from tests.mailboxes.routing.rules import action, make_rule

pytestmark = pytest.mark.django_db

_FROM = "Nina Berg <nina@customer.example>"


@pytest.fixture
def sent(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> OutgoingMessage:
    """What the member wrote to Nina; the conversation is nobody's."""
    return send(server, cast.member)


def _place(sent: OutgoingMessage) -> Conversation:
    assert sent.conversation is not None
    return sent.conversation


def _answer(mailbox: Mailbox, sent: OutgoingMessage, **headers: Any) -> None:
    fields: dict[str, Any] = {"In_Reply_To": f"<{sent.message_id}>", "Subject": "Re: Your quote", **headers}
    receive(mailbox, letter(mailbox.address, fields.pop("from_", _FROM), **fields))


def test_whoever_is_in_charge_is_told_of_a_reply(cast: Cast, mailbox: Mailbox, sent: OutgoingMessage) -> None:
    Conversation.objects.update(assignee=cast.owner)

    _answer(mailbox, sent)

    assert told(cast.owner) == [("replied", "Your quote")]
    assert told(cast.member) == []


def test_where_nobody_is_in_charge_the_last_writer_and_those_who_were_named_are_told(
    cast: Cast, mailbox: Mailbox, sent: OutgoingMessage
) -> None:
    note = make_note(_place(sent), cast.member)
    Mention.objects.create(tenant_id=mailbox.tenant_id, note=note, membership=cast.owner)

    _answer(mailbox, sent)

    assert told(cast.member) == told(cast.owner) == [("replied", "Your quote")]


def test_who_lost_the_mailbox_is_told_nothing(cast: Cast, mailbox: Mailbox, sent: OutgoingMessage) -> None:
    take_away(mailbox, cast.member)

    _answer(mailbox, sent)

    assert not Notification.objects.exists()


def test_new_mail_that_is_nobodys_tells_nobody(mailbox: Mailbox) -> None:
    receive(mailbox, letter(mailbox.address))

    assert not Notification.objects.exists()


def test_spam_tells_nobody(cast: Cast, mailbox: Mailbox, sent: OutgoingMessage) -> None:
    Conversation.objects.update(assignee=cast.member)
    make_rule(
        mailbox,
        action("status", "spam"),
        conditions=[{"field": "conversation", "test": "is", "value": "reply", "name": ""}],
    )

    _answer(mailbox, sent)

    assert not Notification.objects.exists()


@pytest.mark.parametrize("fields", [{"is_archived": True}, {"folder_role": FolderRole.SENT}])
def test_old_mail_and_what_we_wrote_elsewhere_tell_nobody(
    cast: Cast, mailbox: Mailbox, sent: OutgoingMessage, fields: dict[str, Any]
) -> None:
    raw = letter(mailbox.address, _FROM, In_Reply_To=f"<{sent.message_id}>")

    receive(mailbox, raw, **fields)

    assert not Notification.objects.exists()


def test_an_automatic_reply_tells_nobody(mailbox: Mailbox, sent: OutgoingMessage) -> None:
    _answer(mailbox, sent, Auto_Submitted="auto-replied", Subject="Automatic reply: Your quote")

    assert not Notification.objects.exists()


def test_who_wrote_is_told_that_a_message_could_not_be_delivered(
    cast: Cast, mailbox: Mailbox, sent: OutgoingMessage
) -> None:
    Conversation.objects.update(assignee=cast.owner)

    receive(mailbox, _bounce(mailbox, sent))

    assert told(cast.member) == [("undelivered", "Your quote")]
    assert told(cast.owner) == []


def test_whom_a_rule_gives_a_conversation_is_told_by_nobody(cast: Cast, mailbox: Mailbox) -> None:
    make_rule(mailbox, action("assign", cast.member.pk))

    receive(mailbox, letter(mailbox.address))

    row = Notification.objects.get()
    assert (row.recipient, row.kind, row.actor) == (cast.member, "assigned", None)
    assert row.mail_due_at is not None


def test_our_own_notification_that_comes_in_as_mail_is_never_mailed_on(cast: Cast, mailbox: Mailbox) -> None:
    make_rule(mailbox, action("assign", cast.member.pk))

    marks: dict[str, Any] = {LOOP_HEADER: "a mark", "Auto_Submitted": "auto-generated"}
    receive(mailbox, letter(mailbox.address, **marks))

    row = Notification.objects.get()
    assert row.is_shown
    assert row.mail_due_at is None


def test_a_window_of_replies_costs_as_many_queries_as_one(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> None:
    counts = []
    # SQLite takes 999 parameters with one statement, so of more messages rows are written in several.
    for count in (2, 6):
        for _ in range(count):
            sent = send(server, cast.member)
            store(mailbox, letter(mailbox.address, _FROM, In_Reply_To=f"<{sent.message_id}>"))
        with CaptureQueriesContext(connection) as queries:
            receiving.receive_waiting(mailbox.pk, now=clock.now)
        # Each conversation that changes is a statement of its own.
        counts.append(len(queries) - count)

    assert counts[0] == counts[1]
    assert len(told(cast.member)) == 8


def _bounce(mailbox: Mailbox, sent: OutgoingMessage) -> bytes:
    return "\r\n".join(
        [
            "From: MAILER-DAEMON@mx.customer.example",
            f"To: {mailbox.address}",
            "Subject: Undelivered Mail Returned to Sender",
            "Message-ID: <bounce-1@mx.customer.example>",
            "Auto-Submitted: auto-replied",
            "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain",
            "",
            "I could not deliver your message.",
            "--b",
            "Content-Type: message/delivery-status",
            "",
            "Reporting-MTA: dns; mx.customer.example",
            "",
            "Final-Recipient: rfc822; nina@customer.example",
            "Action: failed",
            "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 No such user",
            "",
            "--b",
            "Content-Type: message/rfc822",
            "",
            f"From: {mailbox.address}",
            "To: nina@customer.example",
            "Subject: Your quote",
            f"Message-ID: <{sent.message_id}>",
            "",
            "Here is the quote.",
            "--b--",
            "",
        ]
    ).encode()
