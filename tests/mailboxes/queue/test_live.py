"""The open page asks whether anything changed."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Conversation, MailboxAccess
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.queue.factories import make_conversation, make_conversations, make_tag, make_topic

LIST = "mailboxes:inbox-list"


def _seen(response: Any) -> str:
    found = re.search(r'data-seen="(\w+)"', response.content.decode())
    assert found is not None
    return found[1]


def _ask(browser: Client, seen: str, **query: str) -> Any:
    return browser.get(reverse(LIST), {**query, "seen": seen})


def test_nothing_new_is_answered_with_nothing(cast: Cast) -> None:
    make_conversation(cast.mailbox)
    browser = signed_in(cast.member)
    seen = _seen(browser.get(reverse("mailboxes:inbox")))

    answer = _ask(browser, seen)

    assert (answer.status_code, answer.content) == (204, b"")


def test_new_mail_is_answered_with_rows_and_counts(cast: Cast) -> None:
    browser = signed_in(cast.member)
    seen = _seen(browser.get(reverse("mailboxes:inbox")))
    make_conversation(cast.mailbox, "Just in")

    page = _ask(browser, seen).content.decode()

    assert "Just in" in page
    assert re.search(r'id="view-count-open" hx-swap-oob="innerHTML">1<', page)
    assert _ask(browser, _seen(_ask(browser, seen))).status_code == 204


@pytest.mark.parametrize("change", ["status", "assignee", "snippet", "tag", "read", "elsewhere"])
def test_whatever_people_see_of_a_row_is_news(cast: Cast, change: str) -> None:
    conversation, other = make_conversations(cast.mailbox, ["One", "Two"])
    browser = signed_in(cast.member)
    seen = _seen(browser.get(reverse("mailboxes:inbox")))

    if change == "tag":
        make_tag(conversation, "urgent")
    elif change == "elsewhere":
        # Not in this list, but in a count beside it.
        make_conversation(cast.mailbox, status="pending")
    else:
        with tenant_scope(cast.tenant.pk):
            if change == "read":
                other.mark_read(cast.member)
            else:
                values = {"status": "closed", "assignee": cast.owner, "snippet": "New words"}
                Conversation.objects.filter(pk=conversation.pk).update(**{change: values[change]})

    assert _ask(browser, seen).status_code == 200


def test_rows_vanish_when_the_permission_is_taken_away(cast: Cast) -> None:
    make_conversation(cast.mailbox, "Not for long")
    browser = signed_in(cast.member)
    seen = _seen(browser.get(reverse("mailboxes:inbox")))
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

    answer = _ask(browser, seen)

    assert answer.status_code == 200
    assert "Not for long" not in answer.content.decode()
    assert _ask(browser, seen, mailbox=str(cast.mailbox.pk)).status_code == 404


@pytest.mark.parametrize("name", ["mailboxes:inbox", LIST])
def test_page_takes_as_many_queries_for_fifty_rows_as_for_five(cast: Cast, name: str) -> None:
    browser = signed_in(cast.member)
    browser.get(reverse(name))
    counts = []
    for number in (5, 45):
        topics = [make_topic(cast.mailbox, f"Topic {number} {one}") for one in range(number // 5)]
        for one in make_conversations(cast.mailbox, [f"Subject {one}" for one in range(number)], topic=topics[0]):
            make_tag(one, f"tag {one.pk}")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse(name)).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 11


def test_nothing_new_costs_no_more_than_the_mailboxes_the_list_and_the_counts(cast: Cast) -> None:
    make_conversations(cast.mailbox, ["One", "Two"])
    browser = signed_in(cast.member)
    seen = _seen(browser.get(reverse("mailboxes:inbox")))

    with CaptureQueriesContext(connection) as queries:
        assert _ask(browser, seen).status_code == 204

    assert len(queries) <= 10
