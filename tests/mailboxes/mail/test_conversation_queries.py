"""How many queries the pane of a conversation takes, whatever its length."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Conversation
from mailboxes.notes import writing
from mailboxes.queue import acting
from mailboxes.reading.arrivals import mark_of
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

# Three for who asks, two for the conversation with its labels, one that notes that what they were told is read, seven
# for what is shown of it, two for history and links, one for the draft that was begun, and one for the counts of the
# side bar. Who opens it first also notes, in one transaction, that it was read.
MOST_QUERIES = 17
# An answer, in the pane; and the page of new mail.
MOST_TO_REPLY, MOST_TO_BEGIN = 18, 20


def _conversation(cast: Cast, messages: int, notes: int) -> Conversation:
    first = receive(cast.mailbox, make_raw(subject=f"Order of {messages}"))
    for _number in range(messages - 1):
        receive(cast.mailbox, make_raw(subject=f"Re: Order of {messages}", in_reply_to=f"<{first.message_id}>"))
    conversation = conversation_of(first)
    with tenant_scope(cast.tenant.pk):
        for number in range(notes):
            writing.write_note(conversation, f"Note {number}", author=cast.owner, now=clock.now())
    return conversation


def _queries(browser: Client, conversation: Conversation) -> int:
    url = reverse("mailboxes:conversation-detail", args=[conversation.pk])
    browser.get(url, headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as queries:
        browser.get(url, headers={"HX-Request": "true"})
    return len(queries)


def test_thirty_messages_and_ten_notes_take_as_many_as_five_and_one(cast: Cast) -> None:
    browser = signed_in(cast.member)

    few, many = _queries(browser, _conversation(cast, 5, 1)), _queries(browser, _conversation(cast, 30, 10))

    assert few == many <= MOST_QUERIES


def test_coming_back_notes_nothing_until_mail_comes_in(cast: Cast) -> None:
    first = receive(cast.mailbox, make_raw(subject="Order"))
    conversation = conversation_of(first)
    browser, url = signed_in(cast.member), reverse("mailboxes:conversation-detail", args=[conversation.pk])

    def noted() -> bool:
        with CaptureQueriesContext(connection) as queries:
            browser.get(url, headers={"HX-Request": "true"})
        return any('INSERT INTO "mailboxes_conversationread"' in one["sql"] for one in queries)

    opened, came_back = noted(), noted()
    receive(cast.mailbox, make_raw(subject="Re: Order", in_reply_to=f"<{first.message_id}>"))

    assert [opened, came_back, noted(), noted()] == [True, False, True, False]


def test_the_page_carries_the_mark_that_the_next_ask_expects(cast: Cast) -> None:
    conversation = _conversation(cast, 3, 2)
    with tenant_scope(cast.tenant.pk):
        acting.assign([conversation], cast.member, by=cast.owner, now=clock.now())
        expected = mark_of(conversation)

    page = signed_in(cast.member).get(reverse("mailboxes:conversation-detail", args=[conversation.pk]))

    assert f'data-mark="{expected}"' in page.content.decode()


def test_composer_asks_for_the_servers_once(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    browser = signed_in(cast.member)
    reply, compose = reverse("mailboxes:conversation-reply", args=[conversation.pk]), reverse("mailboxes:compose")
    for url in (reply, compose):
        browser.get(url)

    with CaptureQueriesContext(connection) as opening:
        browser.get(reply, headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as beginning:
        browser.get(compose)
    with CaptureQueriesContext(connection) as refusing:
        browser.post(compose, {"letter_id": str(new_id()), "server": str(server.pk), "to": "nobody", "body": "Hi"})

    for queries, most in ((opening, MOST_TO_REPLY), (beginning, MOST_TO_BEGIN), (refusing, MOST_TO_BEGIN)):
        assert sum('SELECT "servers_outgoingserver"."id"' in one["sql"] for one in queries) == 1
        assert len(queries) <= most, "\n".join(one["sql"][:160] for one in queries)
