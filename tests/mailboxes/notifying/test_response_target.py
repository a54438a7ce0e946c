"""The section "Response time" of a mailbox, and the pill that says until when an answer is due."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client

from mailboxes.models import Conversation, Mailbox, ResponseTarget
from mailhub import clock
from tests.factories import Cast, signed_in
from tests.mailboxes.notifying.rows import make_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, mailbox: Mailbox) -> Client:
    return signed_in(cast.owner)


def _url(mailbox: Mailbox) -> str:
    return f"/mailboxes/{mailbox.pk}/response-time/"


def _typed(**changed: str) -> dict[str, str]:
    return {
        "is_active": "on",
        "hours": "8",
        "minutes": "30",
        "time_zone": "europe/berlin",
        "holidays": "2026-12-26\n2026-12-25, 2026-12-25",
        "day0_from": "09:00",
        "day0_to": "12:00",
        "day0_from_again": "13:00",
        "day0_to_again": "17:00",
        "day6_from": "22:00",
        "day6_to": "00:00",
        **changed,
    }


def test_it_is_saved_and_shown_again(mailbox: Mailbox, desk: Client) -> None:
    answer = desk.post(_url(mailbox), _typed())

    assert answer.status_code == 302
    target = ResponseTarget.objects.get()
    assert (target.minutes, target.time_zone, target.is_active) == (510, "Europe/Berlin", True)
    assert target.week == [[["09:00", "12:00"], ["13:00", "17:00"]], [], [], [], [], [], [["22:00", "24:00"]]]
    assert target.holidays == ["2026-12-25", "2026-12-26"]
    page = desk.get(_url(mailbox)).content.decode()
    assert 'value="13:00"' in page
    assert "Mail that comes in now is to be answered until" in page


def test_a_mailbox_without_one_is_offered_a_usual_week_in_the_time_zone_of_the_person(
    cast: Cast, mailbox: Mailbox, desk: Client
) -> None:
    cast.owner.user.time_zone = "Asia/Tokyo"
    cast.owner.user.save()

    page = desk.get(_url(mailbox)).content.decode()

    assert page.count('value="09:00"') == 5
    assert 'value="Asia/Tokyo"' in page
    assert not ResponseTarget.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hours": "0", "minutes": "0"}, "a minute at least"),
        ({"hours": "100000"}, "less than or equal to 999"),
        ({"time_zone": "Moon/Base"}, "Choose a time zone"),
        ({"day0_to": ""}, "from when and until when"),
        ({"day0_to": "08:00"}, "ends before it begins"),
        ({"day0_from_again": "11:00"}, "before the first ends"),
        ({"holidays": "next Friday"}, "is no day"),
        ({"holidays": "2026-02-30"}, "is no day"),
        ({"holidays": "20261225"}, "is no day"),
        ({name: "" for name in _typed() if name.startswith("day")}, "Say when people work"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    mailbox: Mailbox, desk: Client, changed: dict[str, str], words: str
) -> None:
    answer = desk.post(_url(mailbox), _typed(**changed))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ResponseTarget.objects.exists()


def test_members_do_not_change_it(cast: Cast, mailbox: Mailbox) -> None:
    assert signed_in(cast.member).post(_url(mailbox), _typed()).status_code == 403
    assert signed_in(cast.stranger).post(_url(mailbox), _typed()).status_code == 404


@pytest.mark.parametrize(
    ("distance", "words", "kind"),
    [
        (timedelta(hours=2, seconds=30), "due in 2 h", "neutral"),
        (timedelta(minutes=20, seconds=30), "due in 20 min", "waits"),
        (timedelta(minutes=-70), "overdue by 1 h", "needs"),
        (timedelta(days=-3), "overdue by 3 days", "needs"),
    ],
)
def test_the_pill_says_how_long_there_is(
    conversation: Conversation, distance: timedelta, words: str, kind: str
) -> None:
    conversation.reply_due_at = clock.now() + distance

    shown = _pill(conversation)

    assert f">{words}<" in shown
    assert f"pill-{kind}" in shown


def test_where_no_answer_is_due_there_is_no_pill(mailbox: Mailbox) -> None:
    closed = make_conversation(mailbox, status=Conversation.Status.CLOSED, reply_due_at=clock.now())

    assert _pill(closed) == ""
    assert _pill(make_conversation(mailbox)) == ""


def _pill(conversation: Conversation) -> str:
    template = Template("{% load response_targets %}{% due conversation %}")
    return template.render(Context({"conversation": conversation})).strip()
