"""One thing done with several conversations, and undone (SPEC Q4)."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Conversation, ConversationRead, MailboxAccess, Notification, SenderVerdict
from mailboxes.notifying.telling import tell_assigned
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.queue.factories import as_it_is, make_conversation, make_conversations, make_tag, make_topic


def _do(browser: Client, conversations: Iterable[Conversation], **deed: str) -> Any:
    ids = [str(one.pk) for one in conversations]
    return browser.post(
        reverse("mailboxes:conversation-bulk"), {"conversation": ids, **deed}, headers={"HX-Request": "true"}
    )


def _undo(browser: Client, response: Any) -> Any:
    token = re.search(r'name="token" value="([^"]*)"', response.content.decode())
    assert token is not None
    return browser.post(
        reverse("mailboxes:conversation-bulk-undo"), {"token": token[1]}, headers={"HX-Request": "true"}
    )


def test_several_are_closed_and_opened_again(cast: Cast) -> None:
    made = make_conversations(cast.mailbox, ["One", "Two"])
    waiting = make_conversation(cast.mailbox, "Three", status="pending")
    browser = signed_in(cast.member)

    done = _do(browser, [*made, waiting], status="closed")

    assert "3 conversations closed." in done.content.decode()
    assert {as_it_is(one).status for one in (*made, waiting)} == {"closed"}

    _undo(browser, done)

    assert [as_it_is(one).status for one in (*made, waiting)] == ["open", "open", "pending"]


def test_assigning_is_undone_to_who_had_each(cast: Cast) -> None:
    theirs = make_conversation(cast.mailbox, "Theirs", assignee=cast.owner)
    nobodys = make_conversation(cast.mailbox, "Nobody's")
    browser = signed_in(cast.member)

    done = _do(browser, [theirs, nobodys], assignee="me")

    assert {as_it_is(one).assignee_id for one in (theirs, nobodys)} == {cast.member.pk}

    _undo(browser, done)

    assert [as_it_is(one).assignee_id for one in (theirs, nobodys)] == [cast.owner.pk, None]


def test_nobody_is_given_what_they_may_not_see(cast: Cast) -> None:
    hidden = make_conversation(cast.hidden_mailbox)

    refused = _do(signed_in(cast.owner), [hidden], assignee=str(cast.member.pk))

    assert refused.status_code == 422
    assert "may not use the mailbox" in refused["HX-Trigger"]
    assert as_it_is(hidden).assignee_id is None


def test_snoozing_is_undone_to_the_time_that_was_before(cast: Cast) -> None:
    before = clock.now() + timedelta(days=3)
    snoozed = make_conversation(cast.mailbox, status="snoozed", snoozed_until=before)
    browser = signed_in(cast.member)

    done = _do(browser, [snoozed], until=(clock.now() + timedelta(hours=5)).isoformat())

    until = as_it_is(snoozed).snoozed_until
    assert until is not None
    assert until < before

    _undo(browser, done)

    assert (as_it_is(snoozed).status, as_it_is(snoozed).snoozed_until) == ("snoozed", before)


def test_undoing_spam_says_nothing_of_the_sender(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)
    browser = signed_in(cast.member)

    done = _do(browser, [conversation], status="spam")
    with tenant_scope(cast.tenant.pk):
        assert SenderVerdict.objects.get().is_spam
    _undo(browser, done)

    assert as_it_is(conversation).status == "open"
    with tenant_scope(cast.tenant.pk):
        assert not SenderVerdict.objects.exists()


def test_topic_and_tags_are_set_and_taken_back(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)
    topic, tag = make_topic(cast.mailbox, "Refunds"), make_tag(make_conversation(cast.mailbox), "urgent")
    browser = signed_in(cast.member)

    topic_set = _do(browser, [conversation], topic=str(topic.pk))
    tagged = _do(browser, [conversation], tag="Urgent")

    with tenant_scope(cast.tenant.pk):
        assert as_it_is(conversation).topic_id == topic.pk
        assert [one.tag_id for one in conversation.conversation_tags.all()] == [tag.pk]

    _undo(browser, topic_set)
    _undo(browser, tagged)

    with tenant_scope(cast.tenant.pk):
        assert as_it_is(conversation).topic_id is None
        assert not conversation.conversation_tags.exists()


def test_unread_is_undone_for_those_that_were_read(cast: Cast) -> None:
    read, unread = make_conversations(cast.mailbox, ["Read", "Unread"])
    with tenant_scope(cast.tenant.pk):
        read.mark_read(cast.member)
    browser = signed_in(cast.member)

    done = _do(browser, [read, unread], read="no")
    assert "1 conversation marked as unread." in done.content.decode()
    _undo(browser, done)

    with tenant_scope(cast.tenant.pk):
        assert [row.conversation_id for row in ConversationRead.objects.all()] == [read.pk]


def test_marking_as_read_is_having_seen_what_one_was_told_of_them(cast: Cast) -> None:
    unread, without_news, other = make_conversations(cast.mailbox, ["Unread", "Without news", "Other"])
    with tenant_scope(cast.tenant.pk):
        without_news.mark_read(cast.member)
        for person in (cast.member, cast.owner):
            tell_assigned([unread, without_news, other], person, actor=None, now=clock.now())

    _do(signed_in(cast.member), [unread, without_news], read="yes")

    with tenant_scope(cast.tenant.pk):
        waiting = Notification.objects.filter(read_at=None, mail_due_at__isnull=False)
        assert [one.conversation_id for one in waiting.filter(recipient=cast.member)] == [other.pk]
        assert waiting.filter(recipient=cast.owner).count() == 3


def test_conversations_of_others_are_left_out(cast: Cast) -> None:
    mine = make_conversation(cast.mailbox)
    hidden, foreign = make_conversation(cast.hidden_mailbox), make_conversation(cast.other_mailbox)

    done = _do(signed_in(cast.member), [mine, hidden, foreign], status="closed")

    assert "1 conversation closed." in done.content.decode()
    assert [as_it_is(one).status for one in (mine, hidden, foreign)] == ["closed", "open", "open"]


@pytest.mark.parametrize("which", ["hidden", "foreign", "unknown", "no id", "none"])
def test_nothing_that_one_may_see_is_not_found(cast: Cast, which: str) -> None:
    ids = {
        "hidden": [str(make_conversation(cast.hidden_mailbox).pk)],
        "foreign": [str(make_conversation(cast.other_mailbox).pk)],
        "unknown": [str(uuid4())],
        "no id": ["x", "\0", ""],
        "none": [],
    }[which]
    browser = signed_in(cast.member)

    response = browser.post(reverse("mailboxes:conversation-bulk"), {"conversation": ids, "status": "closed"})

    assert response.status_code == 404


@pytest.mark.parametrize(
    "deed",
    [
        {},
        {"status": "open", "read": "yes"},
        {"status": "snoozed"},
        {"status": "x"},
        {"assignee": "x"},
        {"topic": "x"},
        {"untag": "x"},
        {"tag": "y" * 500},
        {"tag": "\u202e"},
        {"until": "someday"},
        {"until": "2001-01-01T09:00"},
        {"until": "9999-12-31T23:59:59-23:59"},
        {"read": "maybe"},
    ],
)
def test_what_is_no_deed_is_refused_in_words(cast: Cast, deed: dict[str, str]) -> None:
    conversation = make_conversation(cast.mailbox)

    refused = _do(signed_in(cast.member), [conversation], **deed)

    assert refused.status_code == 422
    assert refused["HX-Reswap"] == "none"
    assert as_it_is(conversation).status == "open"


def test_undo_is_for_who_did_it(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)
    done = _do(signed_in(cast.member), [conversation], status="closed")

    assert _undo(signed_in(cast.owner), done).status_code == 422
    assert as_it_is(conversation).status == "closed"


def test_undo_leaves_what_one_may_not_see_any_more(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)
    browser = signed_in(cast.member)
    done = _do(browser, [conversation], status="closed")
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

    _undo(browser, done)

    assert as_it_is(conversation).status == "closed"


@pytest.mark.parametrize("token", ["", "x", "eyJ3aG8iOiJ4In0:1tHisIs:NotSigned"])
def test_undo_that_was_not_offered_is_refused(cast: Cast, token: str) -> None:
    response = signed_in(cast.member).post(
        reverse("mailboxes:conversation-bulk-undo"), {"token": token}, headers={"HX-Request": "true"}
    )

    assert response.status_code == 422


@pytest.mark.parametrize("deed", [{"status": "closed"}, {"assignee": "me"}, {"tag": "urgent"}, {"read": "yes"}])
def test_fifty_take_as_many_queries_as_two(cast: Cast, deed: dict[str, str]) -> None:
    browser = signed_in(cast.member)
    _do(browser, [make_conversation(cast.mailbox)], **deed)
    counts = []
    for number in (2, 50):
        made = make_conversations(cast.mailbox, [f"Subject {one}" for one in range(number)])
        with CaptureQueriesContext(connection) as queries:
            assert _do(browser, made, **deed).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_without_scripts_the_list_comes_back(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)

    response = signed_in(cast.member).post(
        f"{reverse('mailboxes:conversation-bulk')}?unread=1", {"conversation": str(conversation.pk), "status": "closed"}
    )

    assert response["Location"] == f"{reverse('mailboxes:inbox')}?unread=1"


@pytest.mark.parametrize("menu", ["assignee", "topic", "tag", "until"])
def test_menus_offer_what_one_may_know_of(cast: Cast, menu: str) -> None:
    topic = make_topic(cast.hidden_mailbox, "Dismissals")
    make_tag(make_conversation(cast.hidden_mailbox, topic=topic), "secret")

    page = signed_in(cast.member).get(reverse("mailboxes:bulk-choices"), {"menu": menu}).content.decode()

    assert "Dismissals" not in page
    assert "secret" not in page
    assert str(cast.stranger.user) not in page
    assert 'form="bulk-form"' in page
