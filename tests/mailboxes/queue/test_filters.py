"""What a list can be asked for (SPEC Q1)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Conversation, Delivery
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_person, signed_in
from tests.mailboxes.mail.factories import send, settle
from tests.mailboxes.queue.factories import make_conversation, make_conversations, make_tag, make_topic

INBOX = "mailboxes:inbox"


def _subjects(browser: Client, **query: str) -> list[str]:
    page = browser.get(reverse(INBOX), query)
    assert page.status_code == 200
    return re.findall(r'row-subject">([^<]*)<', page.content.decode())


@pytest.mark.parametrize("status", Conversation.Status.values)
def test_each_status_has_a_list_of_its_own(cast: Cast, status: str) -> None:
    for one in Conversation.Status.values:
        make_conversation(cast.mailbox, f"Is {one}", status=one)

    assert _subjects(signed_in(cast.member), status=status) == [f"Is {status}"]


def test_list_without_a_status_shows_what_is_open(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Open one")
    make_conversation(cast.mailbox, "Closed one", status="closed")

    assert _subjects(signed_in(cast.member)) == ["Open one"]


def test_filters_by_who_has_it(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Mine", assignee=cast.member)
    make_conversation(cast.mailbox, "Theirs", assignee=cast.owner)
    make_conversation(cast.mailbox, "Nobody's")
    browser = signed_in(cast.member)

    assert _subjects(browser, assignee="me") == ["Mine"]
    assert _subjects(browser, assignee="nobody") == ["Nobody&#x27;s"]
    assert _subjects(browser, assignee=str(cast.owner.pk)) == ["Theirs"]


def test_filters_by_topic_tag_and_mailbox_together(cast: Cast) -> None:
    topic = make_topic(cast.mailbox, "Refunds")
    wanted = make_conversation(cast.mailbox, "Wanted", topic=topic)
    tag = make_tag(wanted, "urgent")
    make_conversation(cast.mailbox, "Without the tag", topic=topic)
    make_conversation(cast.hidden_mailbox, "Elsewhere", topic=topic)
    browser = signed_in(cast.owner)

    assert set(_subjects(browser, topic=str(topic.pk))) == {"Wanted", "Without the tag", "Elsewhere"}
    assert _subjects(browser, topic=str(topic.pk), tag=str(tag.pk)) == ["Wanted"]
    assert _subjects(browser, mailbox=str(cast.hidden_mailbox.pk), topic=str(topic.pk)) == ["Elsewhere"]


def test_overdue_shows_what_should_have_been_answered_soonest_due_first(cast: Cast) -> None:
    now = clock.now()
    for subject, due in (("Late", -1), ("Later still", -3), ("In time", 2)):
        make_conversation(cast.mailbox, subject, reply_due_at=now + timedelta(hours=due))
    make_conversation(cast.mailbox, "No target")

    assert _subjects(signed_in(cast.member), overdue="1") == ["Later still", "Late"]


def test_overdue_pages_go_on_where_the_one_before_ended(cast: Cast) -> None:
    due = clock.now() - timedelta(days=1)
    # All due at one moment, so that the cursor has ties to break.
    make_conversations(cast.mailbox, [f"Subject {number}" for number in range(70)], reply_due_at=due)
    browser = signed_in(cast.member)

    first = browser.get(reverse(INBOX), {"overdue": "1"}).content.decode()
    second = browser.get(re.search(r'rel="next" href="([^"]*)"', first)[1].replace("&amp;", "&")).content.decode()  # type: ignore[index]

    seen = [re.findall(r'row-subject">([^<]*)<', page) for page in (first, second)]
    assert [len(page) for page in seen] == [50, 20]
    assert len({*seen[0], *seen[1]}) == 70


def test_trouble_shows_what_was_not_delivered(cast: Cast, server: OutgoingServer) -> None:
    settle(send(server, cast.member), Delivery.State.FAILED)
    make_conversation(cast.mailbox, "Quiet")

    assert _subjects(signed_in(cast.member), trouble="1") == ["Your quote"]


def test_waiting_longest_turns_the_order_round(cast: Cast) -> None:
    make_conversations(cast.mailbox, ["New", "Middle", "Old"])

    assert _subjects(signed_in(cast.member), order="waiting") == ["Old", "Middle", "New"]


@pytest.mark.parametrize("name", ["mailbox", "topic", "tag", "assignee"])
def test_what_is_not_there_is_not_found(cast: Cast, name: str) -> None:
    assert signed_in(cast.member).get(reverse(INBOX), {name: str(uuid4())}).status_code == 404


def test_topic_and_tag_of_a_hidden_mailbox_are_not_found(cast: Cast) -> None:
    topic = make_topic(cast.hidden_mailbox, "Dismissals")
    tag = make_tag(make_conversation(cast.hidden_mailbox, topic=topic), "secret")
    browser = signed_in(cast.member)

    assert browser.get(reverse(INBOX), {"topic": str(topic.pk)}).status_code == 404
    assert browser.get(reverse(INBOX), {"tag": str(tag.pk)}).status_code == 404
    assert "Dismissals" not in browser.get(reverse("mailboxes:inbox-filters")).content.decode()
    assert "Dismissals" in signed_in(cast.owner).get(reverse("mailboxes:inbox-filters")).content.decode()


def test_person_of_another_account_is_not_found(cast: Cast) -> None:
    assert signed_in(cast.owner).get(reverse(INBOX), {"assignee": str(cast.stranger.pk)}).status_code == 404


def test_each_filter_can_be_taken_away_by_itself(cast: Cast) -> None:
    topic = make_topic(cast.mailbox, "Refunds")
    query = {"topic": str(topic.pk), "unread": "1", "status": "pending"}

    page = signed_in(cast.member).get(reverse(INBOX), query).content.decode()

    without = re.findall(r'class="chip chip-filter" href="([^"]*)"', page)
    assert [url.replace("&amp;", "&").partition("?")[2] for url in without] == [
        f"topic={topic.pk}&unread=1",
        "status=pending&unread=1",
        f"topic={topic.pk}&status=pending",
    ]


def test_search_looks_at_every_status_unless_one_is_chosen(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Open refund")
    make_conversation(cast.mailbox, "Closed refund", status="closed")
    browser = signed_in(cast.member)

    assert set(_subjects(browser, q="is:unread")) == {"Open refund", "Closed refund"}
    assert _subjects(browser, q="is:unread", status="closed") == ["Closed refund"]


def test_search_that_cannot_be_is_said_in_words(cast: Cast) -> None:
    page = signed_in(cast.member).get(reverse(INBOX), {"q": "before:someday"}).content.decode()

    assert "This cannot be searched for" in page


def test_filter_menu_shows_what_is_chosen(cast: Cast) -> None:
    colleague = make_person(cast.tenant)

    page = signed_in(cast.member).get(reverse("mailboxes:inbox-filters"), {"assignee": str(colleague.pk)})

    assert f'value="{colleague.pk}" selected' in page.content.decode()


def test_merged_conversation_is_in_no_list(cast: Cast) -> None:
    into = make_conversation(cast.mailbox, "Stays")
    merged = make_conversation(cast.mailbox, "Went into it")
    with tenant_scope(cast.tenant.pk):
        Conversation.objects.filter(pk=merged.pk).update(merged_into=into)

    assert _subjects(signed_in(cast.member), status="all") == ["Stays"]
