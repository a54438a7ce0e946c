"""The list of conversations."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes.models import Conversation, Delivery
from mailboxes.queue.listing import Cursor, InvalidCursor
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send, settle

INBOX = "mailboxes:inbox"


def _subjects(page: str) -> list[str]:
    return re.findall(r'row-subject">([^<]*)<', page)


def _make_conversations(cast: Cast, count: int) -> None:
    now = clock.now()
    with tenant_scope(cast.tenant.pk):
        Conversation.objects.bulk_create(
            Conversation(
                tenant=cast.tenant,
                mailbox=cast.mailbox,
                subject=f"Subject {number}",
                created_at=now,
                # Two of each time, so that the cursor has ties to break.
                last_at=now - timedelta(minutes=number // 2),
                last_received_at=now,
            )
            for number in range(count)
        )


@pytest.mark.parametrize("name", [INBOX, "mailboxes:inbox-list"])
@pytest.mark.parametrize("query", [{}, {"mailbox": "its"}])
def test_list_takes_as_many_queries_for_sixty_conversations_as_for_one(
    cast: Cast, name: str, query: dict[str, str]
) -> None:
    browser = signed_in(cast.member)
    values = {"mailbox": str(cast.mailbox.pk)} if query else {}
    # Once a minute a request also notes that this browser is here; the ones between are what is counted.
    browser.get(reverse(name), values)
    counts = []
    for more in (1, 59):
        _make_conversations(cast, more)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse(name), values).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 13


def test_pages_show_each_conversation_once_in_order(cast: Cast) -> None:
    _make_conversations(cast, 120)
    browser = signed_in(cast.member)

    seen: list[str] = []
    url: str | None = reverse(INBOX)
    while url:
        page = browser.get(url).content.decode()
        seen += _subjects(page)
        following = re.search(r'rel="next" href="([^"]*)"', page)
        url = following[1].replace("&amp;", "&") if following else None

    assert len(seen) == len(set(seen)) == 120
    assert [int(subject.split()[1]) // 2 for subject in seen] == sorted(number // 2 for number in range(120))


@pytest.mark.parametrize("text", ["", "x", "2026-01-01~", "2026-01-01T00:00:00~0", "~~", "9" * 5000])
def test_cursor_refuses_what_is_none(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.parse(text)


@pytest.mark.parametrize("query", [{"before": "x"}, {"status": "x"}, {"mailbox": "x"}])
def test_inbox_knows_no_other_filters(cast: Cast, query: dict[str, str]) -> None:
    assert signed_in(cast.member).get(reverse(INBOX), query).status_code == 404


def test_inbox_filters_by_status_and_unread(cast: Cast) -> None:
    browser = signed_in(cast.member)
    opened = conversation_of(receive(cast.mailbox, make_raw(subject="Opened")))
    closed = conversation_of(receive(cast.mailbox, make_raw(subject="Closed one")))
    receive(cast.mailbox, make_raw(subject="Fresh"))
    browser.get(reverse("mailboxes:conversation-detail", args=[opened.pk]))
    browser.post(reverse("mailboxes:conversation-close", args=[closed.pk]))

    def shown(**query: str) -> set[str]:
        return set(_subjects(browser.get(reverse(INBOX), query).content.decode()))

    assert shown() == {"Opened", "Fresh"}
    assert shown(unread="1") == {"Fresh"}
    assert shown(status="closed") == {"Closed one"}
    assert shown(status="all") == {"Opened", "Fresh", "Closed one"}


def test_reading_is_personal_and_can_be_undone(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    member, owner = signed_in(cast.member), signed_in(cast.owner)

    member.get(reverse("mailboxes:conversation-detail", args=[conversation.pk]))

    assert "is-unread" not in member.get(reverse(INBOX)).content.decode()
    assert "is-unread" in owner.get(reverse(INBOX)).content.decode()

    member.post(reverse("mailboxes:conversation-unread", args=[conversation.pk]))

    assert "is-unread" in member.get(reverse(INBOX)).content.decode()


@pytest.mark.parametrize("state", [Delivery.State.FAILED, Delivery.State.UNCERTAIN])
def test_row_says_when_a_message_was_not_delivered(cast: Cast, server: OutgoingServer, state: Delivery.State) -> None:
    outgoing = send(server, cast.member)
    browser = signed_in(cast.member)
    assert "row-alert" not in browser.get(reverse(INBOX)).content.decode()

    settle(outgoing, state)

    assert "row-alert" in browser.get(reverse(INBOX)).content.decode()


def test_display_name_that_looks_like_an_address_gives_way_to_the_address(cast: Cast) -> None:
    receive(cast.mailbox, make_raw(from_='"boss@acme.example" <thief@evil.example>'))

    page = signed_in(cast.member).get(reverse(INBOX)).content.decode()

    assert "thief@evil.example" in page
    assert "boss@acme.example" not in page


@pytest.mark.parametrize("name", [INBOX, "mailboxes:inbox-list"])
def test_hostile_subject_and_name_are_escaped(cast: Cast, name: str) -> None:
    hostile = '"><img src=x onerror=alert(1)>'
    receive(cast.mailbox, make_raw(from_=f'"\\">{hostile}" <evil@x.example>', subject=hostile, text=hostile))

    page = signed_in(cast.member).get(reverse(name)).content.decode()

    assert "<img" not in page
    assert "&lt;img src=x onerror" in page


def test_message_that_could_not_be_read_is_listed_apart_and_processed_again(cast: Cast) -> None:
    parts = b"".join(b"--x\r\n\r\nq\r\n" for _ in range(1100))
    raw = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + parts
    message = receive(cast.mailbox, raw)
    browser = signed_in(cast.owner)
    aside = reverse("mailboxes:message-list-set-aside")

    assert aside in browser.get(reverse(INBOX)).content.decode()
    assert "Unreadable" in browser.get(aside).content.decode()

    response = browser.post(reverse("mailboxes:message-replay", args=[message.pk]))

    assert response.status_code == 302
    with tenant_scope(cast.tenant.pk):
        assert message.refreshed().state == "stored"
