"""Putting conversations right on the screen: menus, choices, notes with a way back, and addresses that still lead."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import regrouping
from mailboxes.models import Conversation, Message, OutgoingMessage
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_mailbox, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send

NINA, OTTO = "nina@customer.example", "otto@elsewhere.example"


def _url(name: str, row: Conversation | Message) -> str:
    return reverse(f"mailboxes:{name}", args=[row.pk])


def _other(cast: Cast, subject: str = "Another thing") -> Conversation:
    return conversation_of(receive(cast.mailbox, make_raw(from_=OTTO, subject=subject)))


def _refreshed(conversation: Conversation) -> Conversation:
    with tenant_scope(conversation.tenant_id):
        found: Conversation = conversation.refreshed()
        return found


def _merge(cast: Cast, conversation: Conversation, into: Conversation) -> None:
    with tenant_scope(cast.tenant.pk):
        regrouping.merge(conversation, into, cast.member, now=clock.now())


def _undo(browser: Client, page: str) -> None:
    """Send the form that the note about what was done brings."""
    form = re.search(r'<form method="post" action="([^"]+)" class="toast-form">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2]):
        fields.setdefault(name, []).append(value)
    browser.post(form[1], fields)


def test_merging_leads_to_the_whole_and_can_be_taken_back(cast: Cast) -> None:
    message = receive(cast.mailbox, make_raw())
    merged, into = conversation_of(message), _other(cast)
    browser = signed_in(cast.member)
    assert _url("conversation-merge", merged) in browser.get(_url("conversation-detail", merged)).content.decode()

    response = browser.post(_url("conversation-merge", merged), {"into": str(into.pk)}, follow=True)

    assert response.redirect_chain == [(_url("conversation-detail", into), 302)]
    page = response.content.decode()
    assert "Merged into “Another thing”." in page
    assert "“Quote for 40 seats” merged into this conversation: 1 message" in page
    assert str(cast.member.user) in page

    _undo(browser, page)

    with tenant_scope(cast.tenant.pk):
        assert conversation_of(message.refreshed()).pk not in (merged.pk, into.pk)
        assert into.refreshed().message_count == 1


def test_the_address_of_a_merged_conversation_leads_on_and_no_list_has_it(cast: Cast) -> None:
    first, second, third = (_other(cast, f"Thing {number}") for number in range(3))
    _merge(cast, first, second)
    _merge(cast, _refreshed(second), third)
    browser = signed_in(cast.member)

    response = browser.get(_url("conversation-detail", first) + "?status=all")
    inbox = browser.get(reverse("mailboxes:inbox"), {"status": "all"}).content.decode()

    assert response["Location"] == _url("conversation-detail", third) + "?status=all"
    assert "Thing 2" in inbox
    assert "Thing 0" not in inbox
    assert "Thing 1" not in inbox
    assert '<span class="side-count">1<' in inbox


def test_a_reply_that_was_being_written_lands_in_the_surviving_conversation(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw())
    merged, into = conversation_of(message), _other(cast)
    _merge(cast, merged, into)
    browser = signed_in(cast.member)
    letter = {
        "letter_id": str(new_id()),
        "server": str(server.pk),
        "to": NINA,
        "body": "Here.",
        "seen": str(message.pk),
    }
    url = _url("conversation-reply", merged)

    held_back = browser.post(url, letter)
    with tenant_scope(cast.tenant.pk):
        newest = Message.objects.order_by("-stored_at")[:1].get()
    sent = browser.post(url, {**letter, "seen": str(newest.pk)})

    assert held_back.status_code == 409
    assert sent.status_code == 302
    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.get().conversation_id == into.pk


def test_a_reply_that_is_sent_in_the_moment_of_a_merge_lands_there_too(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw())
    stale, into = conversation_of(message), _other(cast)
    _merge(cast, conversation_of(message), into)

    outgoing = send(server, cast.member, conversation=stale, answers=message)

    assert outgoing.conversation_id == into.pk
    assert _refreshed(into).message_count == 3
    assert _refreshed(stale).message_count == 0


def test_splitting_offers_all_messages_with_the_chosen_one_and_can_be_taken_back(
    cast: Cast, server: OutgoingServer
) -> None:
    message = receive(cast.mailbox, make_raw())
    outgoing = send(server, cast.member, conversation=conversation_of(message), answers=message)
    source, browser = conversation_of(message), signed_in(cast.member)
    offer = f"{_url('conversation-split', source)}?message={outgoing.pk}"
    assert offer in browser.get(_url("conversation-detail", source)).content.decode()

    choice = browser.get(offer).content.decode()
    response = browser.post(_url("conversation-split", source), {"message": [str(outgoing.pk)]}, follow=True)

    assert f'value="{outgoing.pk}" checked' in choice
    assert f'value="{message.pk}">' in choice
    page = response.content.decode()
    assert "The messages have a conversation of their own now." in page
    assert "has no part in" not in page
    assert _url("conversation-detail", source) in page
    with tenant_scope(cast.tenant.pk):
        assert outgoing.refreshed().conversation_id != source.pk

    _undo(browser, page)

    with tenant_scope(cast.tenant.pk):
        assert outgoing.refreshed().conversation_id == source.pk


@pytest.mark.parametrize("whole", [True, False])
def test_what_cannot_be_split_is_refused_in_words(cast: Cast, whole: bool) -> None:
    message = receive(cast.mailbox, make_raw())
    chosen = {"message": [str(message.pk)]} if whole else {}

    url = _url("conversation-split", conversation_of(message))
    page = signed_in(cast.member).post(url, chosen, follow=True).content.decode()

    assert ("keeps at least one message" if whole else "Choose at least one message") in page


def test_a_message_is_moved_to_where_a_person_says(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    reply = receive(cast.mailbox, make_raw(in_reply_to=f"<{outgoing.message_id}>"))
    source, target, browser = conversation_of(reply), _other(cast), signed_in(cast.member)

    choice = browser.get(_url("message-move", reply), {"q": "otto@"}).content.decode()
    response = browser.post(_url("message-move", reply), {"to": str(target.pk)}, follow=True)

    assert str(target.pk) in choice
    assert response.redirect_chain == [(_url("conversation-detail", target), 302)]
    page = response.content.decode()
    assert "Matched: A person · sure" in page

    _undo(browser, page)

    with tenant_scope(cast.tenant.pk):
        assert reply.refreshed().conversation_id == source.pk


def test_one_click_joins_the_conversation_that_was_quoted(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    stranger = receive(cast.mailbox, make_raw(from_=OTTO, in_reply_to=f"<{outgoing.message_id}>"))
    alone, browser = conversation_of(stranger), signed_in(cast.member)
    quoted_url = reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id])
    quoted_page = browser.get(quoted_url).content.decode()

    page = browser.post(_url("conversation-join", alone), follow=True).content.decode()

    assert "Linked conversations" in quoted_page
    assert _url("conversation-detail", alone) in quoted_page
    assert "Joined" in page
    with tenant_scope(cast.tenant.pk):
        assert stranger.refreshed().conversation_id == outgoing.conversation_id

    _undo(browser, page)

    with tenant_scope(cast.tenant.pk):
        assert stranger.refreshed().conversation_id != outgoing.conversation_id


def test_conversations_are_found_by_subject_correspondent_and_number(cast: Cast) -> None:
    asked = conversation_of(receive(cast.mailbox, make_raw()))
    wanted, merged = _other(cast, "Invoice 1234"), _other(cast, "Invoice that was merged")
    _merge(cast, merged, _other(cast, "Something else"))
    elsewhere = conversation_of(receive(cast.hidden_mailbox, make_raw(subject="Invoice 9999")))
    browser, url = signed_in(cast.member), _url("conversation-merge", asked)

    for search in ("invoice", OTTO, str(wanted.pk), f"https://mailhub.example/inbox/{wanted.pk}/"):
        page = browser.get(url, {"q": search}).content.decode()
        assert f'name="into" value="{wanted.pk}"' in page
        for hidden in (asked, merged, elsewhere):
            assert f'value="{hidden.pk}"' not in page

    assert "Nothing found" in browser.get(url, {"q": str(elsewhere.pk)}).content.decode()
    assert browser.get(url, {"q": "\0"}).status_code == 200


def test_the_choice_takes_as_many_queries_for_twenty_as_for_two(cast: Cast) -> None:
    asked = _other(cast)
    browser, url, counts = signed_in(cast.member), _url("conversation-merge", asked), []
    for more in (2, 22):
        for number in range(more):
            _other(cast, f"Thing {number}")
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(url).content.decode()
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert page.count('name="into"') == 20


_POSTS: list[tuple[str, Callable[[Conversation], dict[str, str]]]] = [
    ("conversation-merge", lambda other: {"into": str(other.pk)}),
    ("message-move", lambda other: {"to": str(other.pk)}),
]


@pytest.mark.parametrize(("name", "form"), _POSTS)
def test_a_conversation_of_another_mailbox_or_account_is_not_found(
    cast: Cast, name: str, form: Callable[[Conversation], dict[str, str]]
) -> None:
    message = receive(cast.mailbox, make_raw())
    row = message if name == "message-move" else conversation_of(message)
    others = [
        conversation_of(receive(mailbox, make_raw(subject="Canary phrase")))
        for mailbox in (cast.hidden_mailbox, make_mailbox(cast.tenant), cast.other_mailbox)
    ]

    for person in (cast.member, cast.owner):
        for other in others:
            assert signed_in(person).post(_url(name, row), form(other)).status_code == 404
        for text in ("", "garbage", str(new_id())):
            fields = dict.fromkeys(form(others[0]), text)
            if text or name != "message-move":
                assert signed_in(person).post(_url(name, row), fields).status_code == 404

    with tenant_scope(cast.tenant.pk):
        assert message.refreshed().conversation_id == message.conversation_id


def test_nothing_is_done_by_looking(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))

    assert signed_in(cast.member).get(_url("conversation-join", conversation)).status_code == 405
