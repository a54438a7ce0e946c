"""The views beside the list, with their counts (SPEC Q1, T3)."""

import re

from django.test import Client
from django.urls import reverse

from mailboxes.models import ConversationRead, Mailbox
from mailboxes.queue.counts import MOST_COUNTED, UNREAD_WINDOW, unread_count, words_of
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.queue.factories import make_conversation, make_conversations, make_tag, make_topic

_LINK = re.compile(r'view-words" title="([^"]*)">.*?view-count" id="[^"]*">([^<]*)<', re.DOTALL)


def _counts(browser: Client) -> dict[str, str]:
    return dict(_LINK.findall(browser.get(reverse("mailboxes:inbox")).content.decode()))


def test_counts_are_of_what_one_may_see(cast: Cast) -> None:
    make_conversation(cast.mailbox, assignee=cast.member)
    make_conversation(cast.mailbox)
    make_conversation(cast.mailbox, status="pending")
    make_conversation(cast.hidden_mailbox)
    make_conversation(cast.other_mailbox)

    mine, owners = _counts(signed_in(cast.member)), _counts(signed_in(cast.owner))

    assert {name: mine[name] for name in ("Mine", "Unassigned", "Open", "Pending", "Support")} == {
        "Mine": "1",
        "Unassigned": "1",
        "Open": "2",
        "Pending": "1",
        "Support": "2",
    }
    assert "Directors" not in mine
    assert (owners["Open"], owners["Directors"]) == ("3", "1")


def test_topics_and_tags_of_hidden_mailboxes_are_not_named(cast: Cast) -> None:
    seen, hidden = make_topic(cast.mailbox, "Refunds"), make_topic(cast.hidden_mailbox, "Dismissals")
    make_tag(make_conversation(cast.mailbox, topic=seen), "urgent")
    make_tag(make_conversation(cast.hidden_mailbox, topic=hidden), "secret")

    mine, owners = _counts(signed_in(cast.member)), _counts(signed_in(cast.owner))

    assert mine["Refunds"] == "1"
    assert "urgent" in mine
    assert not {"Dismissals", "secret"} & set(mine)
    assert {"Dismissals", "secret"} <= set(owners)


def test_more_than_can_be_counted_is_said_so() -> None:
    assert [words_of(count) for count in (0, 1, MOST_COUNTED, MOST_COUNTED + 1)] == ["", "1", "999", "999+"]


def test_unread_looks_at_the_newest_open_conversations_only(cast: Cast) -> None:
    now = clock.now()
    made = make_conversations(cast.mailbox, [f"Subject {number}" for number in range(UNREAD_WINDOW + 3)])
    with tenant_scope(cast.tenant.pk):
        ConversationRead.objects.bulk_create(
            ConversationRead(tenant=cast.tenant, conversation=one, membership=cast.member, read_until=now)
            for one in made[2:UNREAD_WINDOW]
        )

        assert unread_count(cast.member) == 2


def test_current_view_is_marked_and_gives_the_list_its_name(cast: Cast) -> None:
    page = signed_in(cast.member).get(reverse("mailboxes:inbox"), {"status": "snoozed"}).content.decode()

    assert re.search(r'status=snoozed" aria-current="page"', page)
    assert 'mail-list-title">Snoozed<' in page


def test_mailbox_that_is_not_active_is_marked(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(is_active=False)

    views = signed_in(cast.owner).get(reverse("mailboxes:inbox")).content.decode().partition("</nav>")[2]

    assert views.count('<span class="visually-hidden">inactive</span>') >= 1
    assert re.search(r'title="Support">Support</span><span class="view-off"', views)
