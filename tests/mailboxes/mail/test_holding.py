"""A scheduled answer stays here if somebody writes before it leaves, for who wants that."""

from datetime import timedelta

from mailboxes import claiming
from mailboxes.models import (
    Conversation,
    ConversationEvent,
    Draft,
    Message,
    Notification,
    OutgoingMessage,
)
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive
from tests.mailboxes.mail.leaving import is_gone, schedule

NOW = clock.now()


def _waiting_answer(cast: Cast, server: OutgoingServer, *, is_held_by_replies: bool = True) -> OutgoingMessage:
    question = receive(cast.mailbox, make_raw(), at=NOW - timedelta(hours=1))
    return schedule(
        server,
        cast.member,
        conversation=conversation_of(question),
        answers=question,
        is_held_by_replies=is_held_by_replies,
    )


def _writes_again(cast: Cast, outgoing: OutgoingMessage, **fields: str) -> Message:
    with tenant_scope(cast.tenant.pk):
        [question] = Message.objects.filter(conversation=outgoing.conversation)
    mail = make_raw(subject="Re: Quote for 40 seats", in_reply_to=f"<{question.message_id}>", text="Never mind.")
    for name, value in fields.items():
        mail[name.replace("_", "-")] = value
    return receive(cast.mailbox, mail)


def test_answer_is_a_draft_again_when_the_correspondent_writes_before(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _waiting_answer(cast, server)

    message = _writes_again(cast, outgoing)

    assert message.conversation_id == outgoing.conversation_id
    assert is_gone(outgoing)
    with tenant_scope(cast.tenant.pk):
        assert Draft.objects.of(cast.member).unsent().get().pk == outgoing.pk
        conversation = Conversation.objects.get()
        assert (conversation.message_count, conversation.snippet) == (2, "Never mind.")
        assert ConversationEvent.objects.filter(kind=ConversationEvent.Kind.HELD).count() == 1


def test_author_is_told_that_it_was_held_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _waiting_answer(cast, server)

    _writes_again(cast, outgoing)

    with tenant_scope(cast.tenant.pk):
        told = Notification.objects.filter(kind=Notification.Kind.HELD)
        assert [one.recipient for one in told] == [cast.member]


def test_answer_leaves_all_the_same_where_nobody_wanted_it_held(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _waiting_answer(cast, server, is_held_by_replies=False)

    _writes_again(cast, outgoing)

    assert not is_gone(outgoing)


def test_mail_in_another_conversation_holds_nothing_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _waiting_answer(cast, server)

    receive(cast.mailbox, make_raw(subject="Something else"))

    assert not is_gone(outgoing)


def test_out_of_office_note_holds_nothing_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _waiting_answer(cast, server)

    message = _writes_again(cast, outgoing, Auto_Submitted="auto-replied")

    assert message.conversation_id == outgoing.conversation_id
    assert not is_gone(outgoing)


def test_message_that_a_worker_has_claimed_leaves(cast: Cast, server: OutgoingServer) -> None:
    outgoing = _waiting_answer(cast, server)
    with tenant_scope(cast.tenant.pk):
        claiming.claim(server, new_id(), now=clock.now() + timedelta(days=3), limit=10)

    message = _writes_again(cast, outgoing)

    assert message.state == Message.State.RECEIVED
    assert not is_gone(outgoing)
    with tenant_scope(cast.tenant.pk):
        assert not ConversationEvent.objects.filter(kind=ConversationEvent.Kind.HELD).exists()
