"""Rows of the list say who writes there at this moment, and where one has begun to write oneself."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.drafts import keeping
from mailboxes.models import Conversation
from mailboxes.queue import marks, presence
from mailboxes.regrouping import merge
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.queue.factories import make_conversation, make_conversations

INBOX = reverse("mailboxes:inbox")


def _begin(conversation: Conversation, author: Membership) -> None:
    with tenant_scope(conversation.tenant_id):
        place = keeping.Place(conversation.mailbox, "reply", conversation)
        typed = {"body": "Half a thought"}
        keeping.save(new_id(), place, typed, author=author, page=keeping.Page(), now=clock.now())


def _write(conversation: Conversation, who: Membership) -> None:
    with tenant_scope(conversation.tenant_id):
        presence.tell(conversation, who, is_writing=True, now=clock.now())


def _list(browser: Client) -> str:
    return browser.get(INBOX).content.decode()


def test_row_says_who_writes_there_to_all_but_them(cast: Cast) -> None:
    _write(make_conversation(cast.mailbox), cast.owner)

    words = f"{cast.owner.user} is writing"
    assert words in _list(signed_in(cast.member))
    assert words not in _list(signed_in(cast.owner))


def test_row_says_where_one_has_begun_to_write_and_nobody_else_sees_it(cast: Cast) -> None:
    _begin(make_conversation(cast.mailbox), cast.member)

    assert "You have begun to write here" in _list(signed_in(cast.member))
    assert "You have begun to write here" not in _list(signed_in(cast.owner))


def test_draft_is_marked_where_its_conversation_was_merged_into(cast: Cast) -> None:
    source, into = make_conversations(cast.mailbox, ["Old", "New"])
    _begin(source, cast.member)
    with tenant_scope(cast.tenant.pk):
        merge(source, into=into, membership=cast.owner, now=clock.now())

        found = marks.marks_of([into.pk], cast.member, now=clock.now())

    assert found == {into.pk: marks.Mark(has_draft=True)}


def test_nobody_writes_any_more_once_nothing_was_heard_for_a_while(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)
    _write(conversation, cast.owner)

    with tenant_scope(cast.tenant.pk):
        later = clock.now() + presence.LAPSES_AFTER
        assert marks.marks_of([conversation.pk], cast.member, now=later) == {}


def test_marks_of_many_rows_take_as_many_queries_as_those_of_one(cast: Cast) -> None:
    conversations = make_conversations(cast.mailbox, [f"Subject {one}" for one in range(20)])
    for one in conversations:
        _begin(one, cast.member)
        _write(one, cast.owner)

    with tenant_scope(cast.tenant.pk), CaptureQueriesContext(connection) as queries:
        found = marks.marks_of([one.pk for one in conversations], cast.member, now=clock.now())

    assert len(found) == 20
    assert len(queries) == 1


def test_list_that_stays_open_learns_that_somebody_writes(cast: Cast) -> None:
    conversation = make_conversation(cast.mailbox)
    browser = signed_in(cast.member)
    seen = browser.get(INBOX).context["seen"]
    url = reverse("mailboxes:inbox-list")

    assert browser.get(url, {"seen": seen}).status_code == 204
    _write(conversation, cast.owner)
    assert browser.get(url, {"seen": seen}).status_code == 200
