"""The bell, its list and the switches on their pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Conversation, Mailbox, Notification, NotificationSwitch
from mailboxes.notifying import telling
from mailhub.lib.ids import new_id
from tests.factories import Cast, signed_in
from tests.mailboxes.notifying.rows import NOON, make_conversation, switch, take_away

pytestmark = pytest.mark.django_db

_Kind = Notification.Kind


@pytest.fixture
def desk(cast: Cast, mailbox: Mailbox) -> Client:
    return signed_in(cast.member)


def _assign(cast: Cast, *conversations: Conversation) -> list[Notification]:
    telling.tell_assigned(conversations, cast.member, actor=cast.owner, now=NOON)
    return list(Notification.objects.order_by("created_at", "pk"))


def _live(desk: Client, known: str = "") -> tuple[int, dict[str, object]]:
    answer = desk.get(f"/notifications/live/?known={known}")
    return answer.status_code, answer.json() if answer.status_code == 200 else {}


def test_the_list_says_who_did_what_where_and_leads_there(cast: Cast, desk: Client, conversation: Conversation) -> None:
    _assign(cast, conversation)

    page = desk.get("/notifications/").content.decode()

    assert f"{cast.owner.user} assigned it to you" in page
    assert "A broken lamp" in page
    assert f'href="/inbox/{conversation.pk}/"' in page


@pytest.mark.parametrize("url", ["/notifications/", "/notifications/recent/"])
def test_what_is_about_a_mailbox_that_was_taken_away_is_gone(
    cast: Cast, mailbox: Mailbox, desk: Client, conversation: Conversation, url: str
) -> None:
    _assign(cast, conversation)
    take_away(mailbox, cast.member)

    page = desk.get(url).content.decode()

    assert "A broken lamp" not in page
    assert _live(desk)[1].get("count", "") == ""


def test_nobody_sees_or_reads_what_others_were_told(cast: Cast, desk: Client, conversation: Conversation) -> None:
    (row,) = _assign(cast, conversation)
    others = signed_in(cast.owner)

    assert "A broken lamp" not in others.get("/notifications/").content.decode()
    for found in (row.pk, new_id()):
        assert others.post(f"/notifications/{found}/read/").status_code == 404
    assert row.refreshed().read_at is None


def test_the_list_is_read_page_by_page_without_a_gap(cast: Cast, mailbox: Mailbox, desk: Client) -> None:
    for number in range(120):
        conversation = make_conversation(mailbox, f"Number {number:03}")
        telling.tell_assigned([conversation], cast.member, actor=None, now=NOON + timedelta(minutes=number // 7))

    seen, url = [], "/notifications/"
    for _ in range(3):
        answer = desk.get(url)
        seen += [str(item["notification"].conversation) for item in answer.context["items"]]
        url = f"/notifications/?before={answer.context['next_cursor'].replace('+', '%2B')}"

    assert answer.context["next_cursor"] == ""
    assert len(seen) == len(set(seen)) == 120
    assert seen[0] > seen[-1]


def test_without_any_the_list_says_what_will_stand_there(desk: Client) -> None:
    assert "Nothing yet" in desk.get("/notifications/").content.decode()


def test_the_list_costs_as_many_queries_for_many_as_for_one(cast: Cast, mailbox: Mailbox, desk: Client) -> None:
    desk.get("/notifications/")
    counts = []
    for count in (1, 30):
        _assign(cast, *(make_conversation(mailbox) for _ in range(count)))
        with CaptureQueriesContext(connection) as queries:
            desk.get("/notifications/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_page_that_knows_what_is_new_is_answered_with_nothing(
    cast: Cast, desk: Client, conversation: Conversation
) -> None:
    _assign(cast, conversation)
    _status, first = _live(desk)

    with CaptureQueriesContext(connection) as queries:
        status, _answer = _live(desk, str(first["mark"]))

    assert status == 204
    assert first["count"] == "1"
    assert sum("mailboxes_notification" in query["sql"] for query in queries) == 1


def test_an_open_page_is_told_what_came_since_it_asked(
    cast: Cast, mailbox: Mailbox, desk: Client, conversation: Conversation
) -> None:
    _assign(cast, conversation)
    _status, first = _live(desk)
    second = make_conversation(mailbox, "A second lamp")
    telling.tell_assigned([second], cast.member, actor=cast.owner, now=NOON + timedelta(minutes=1))

    status, answer = _live(desk, str(first["mark"]))

    assert status == 200
    assert first["news"] == []
    assert answer["count"] == "2"
    assert [one["subject"] for one in answer["news"]] == ["A second lamp"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("known", ["", "garbage", "1-²", "1-" + "9" * 50, "-", "%00", "0-0"])
def test_whatever_a_page_says_it_knows_nothing_breaks(
    cast: Cast, desk: Client, conversation: Conversation, known: str
) -> None:
    _assign(cast, conversation)

    status, answer = _live(desk, known)

    assert (status, answer["count"]) == (200, "1")


def test_the_count_stands_on_every_page_and_ends_at_ninety_nine(cast: Cast, mailbox: Mailbox, desk: Client) -> None:
    _assign(cast, *(make_conversation(mailbox) for _ in range(120)))

    page = desk.get("/settings/profile/").content.decode()

    assert '<span class="bell-count">99+' in page


def test_opening_a_conversation_marks_as_read_what_was_told_of_it(cast: Cast, mailbox: Mailbox, desk: Client) -> None:
    opened, other = make_conversation(mailbox), make_conversation(mailbox)
    _assign(cast, opened, other)

    desk.get(f"/inbox/{opened.pk}/")

    read = Notification.objects.exclude(read_at=None).get()
    assert read.conversation == opened
    assert read.mail_due_at is None


def test_one_is_marked_as_read(cast: Cast, desk: Client, conversation: Conversation) -> None:
    (row,) = _assign(cast, conversation)

    answer = desk.post(f"/notifications/{row.pk}/read/")

    assert answer.status_code == 302
    assert row.refreshed().read_at is not None


def test_all_are_marked_as_read_but_not_what_came_meanwhile(cast: Cast, mailbox: Mailbox, desk: Client) -> None:
    _assign(cast, make_conversation(mailbox))
    until = desk.get("/notifications/").context["until"]
    telling.tell_assigned([make_conversation(mailbox)], cast.member, actor=None, now=NOON + timedelta(minutes=1))

    desk.post("/notifications/read/", {"until": until})

    assert Notification.objects.filter(read_at=None).count() == 1


def test_switches_are_saved_and_shown_again(cast: Cast, desk: Client) -> None:
    before = desk.get("/settings/notifications/").content.decode()

    answer = desk.post(
        "/settings/notifications/",
        {"assigned-in_browser": "on", "mentioned-by_mail": "on"},
        headers={"HX-Request": "true"},
    )

    assert before.count("checked") == 2 * len(_Kind)
    assert answer.status_code == 204
    stored = {one.kind: (one.in_browser, one.by_mail) for one in NotificationSwitch.objects.all()}
    assert stored["assigned"] == (True, False)
    assert stored["mentioned"] == (False, True)
    assert set(stored) == set(_Kind.values)
    assert desk.get("/settings/notifications/").content.decode().count("checked") == 2


def test_switches_of_one_person_are_not_those_of_another(cast: Cast, desk: Client) -> None:
    switch(cast.owner, _Kind.REPLIED, by_mail=False)

    desk.post("/settings/notifications/", {})

    assert NotificationSwitch.objects.get(membership=cast.owner).in_browser
    assert NotificationSwitch.objects.filter(membership=cast.member).count() == len(_Kind)
