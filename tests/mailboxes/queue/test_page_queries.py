"""How many queries each page of the list takes, however much it shows (PERFORMANCE G8)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import make_raw, receive

# Three for who asks, one for their mailboxes, two for the conversations with their tags, three for the views beside
# them, one for who is looking at what, one for what they were told.
MOST_QUERIES = 11
PAGES = [
    "",
    "status=all",
    "status=closed",
    "unread=1",
    "assignee=me",
    "assignee=nobody",
    "assignee=me&status=all",
    "trouble=1",
    "overdue=1",
    "order=waiting",
    "q=chairs",
    "q=%22forty+chairs%22",
    "q=chairs+-tables",
    "q=before%3A7d+chairs",
    "q=has%3Aattachment+chairs",
    "q=from%3Anina+is%3Aopen",
]


def _most(query: str) -> int:
    """A search on PostgreSQL asks first which way is fast."""
    asks_first = "q=" in query and connection.vendor == "postgresql"
    return MOST_QUERIES + asks_first


def _queries(browser: Client, query: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(f"{reverse('mailboxes:inbox')}?{query}").status_code == 200
    return len(queries)


def test_a_page_takes_as_few_queries_for_many_conversations_as_for_one(cast: Cast) -> None:
    browser = signed_in(cast.member)
    # Once a minute a request also notes that this browser is here; the ones between are what is counted.
    browser.get(reverse("mailboxes:inbox"))
    counts = []
    for more in (1, 20):
        with tenant_scope(cast.tenant.pk):
            for number in range(more):
                receive(cast.mailbox, make_raw(subject=f"Order {more} {number}", text="We need forty chairs."))
        counts.append({query: _queries(browser, query) for query in PAGES})

    few, many = counts
    assert few == many
    assert {query: count for query, count in many.items() if count > _most(query)} == {}


@pytest.mark.parametrize("query", ["", "status=all", "q=chairs"])
def test_a_page_of_a_mailbox_takes_no_more(cast: Cast, query: str) -> None:
    browser = signed_in(cast.member)
    receive(cast.mailbox, make_raw(subject="Order", text="We need forty chairs."))
    browser.get(reverse("mailboxes:inbox"))

    address = f"mailbox={cast.mailbox.pk}&{query}"
    assert _queries(browser, address) <= _most(address)
