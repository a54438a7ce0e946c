"""What can be done with one conversation, from its pane."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Conversation, Mailbox, Tag, Topic
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(cast: Cast) -> Conversation:
    return conversation_of(receive(cast.mailbox, make_raw()))


def _url(name: str, conversation: Conversation) -> str:
    return reverse(f"mailboxes:conversation-{name}", args=[conversation.pk])


def _post(browser: Client, route: str, conversation: Conversation, **fields: str) -> str:
    answer = browser.post(_url(route, conversation), fields, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def _now(conversation: Conversation) -> Conversation:
    with tenant_scope(conversation.tenant_id):
        return Conversation.objects.select_related("assignee", "topic").get(pk=conversation.pk)


def test_colleagues_are_offered_oneself_first_and_nobody_who_may_not_see_it(cast: Cast) -> None:
    hidden = conversation_of(receive(cast.hidden_mailbox, make_raw()))
    shared = conversation_of(receive(cast.mailbox, make_raw()))

    offered = signed_in(cast.member).get(_url("assign", shared), headers=HTMX).content.decode()
    offered_there = signed_in(cast.owner).get(_url("assign", hidden), headers=HTMX).content.decode()

    assert offered.index(str(cast.member.pk)) < offered.index(str(cast.owner.pk))
    assert str(cast.member.pk) not in offered_there


def test_it_is_assigned_and_the_head_says_so(cast: Cast, conversation: Conversation) -> None:
    browser = signed_in(cast.member)

    head = _post(browser, "assign", conversation, assignee=str(cast.owner.pk))

    assert str(cast.owner.user) in head
    assert f"{cast.member.user} assigned it to {cast.owner.user}" in head
    assert _now(conversation).assignee == cast.owner
    _post(browser, "assign", conversation, assignee="")
    assert _now(conversation).assignee is None


@pytest.mark.parametrize("assignee", ["garbage", "00000000-0000-0000-0000-000000000000"])
def test_somebody_who_is_not_there_gets_nothing(cast: Cast, conversation: Conversation, assignee: str) -> None:
    head = _post(signed_in(cast.member), "assign", conversation, assignee=assignee)

    assert "may not use the mailbox" in head
    assert _now(conversation).assignee is None


def test_status_topic_priority_and_tags_are_set(cast: Cast, conversation: Conversation) -> None:
    browser = signed_in(cast.member)
    with tenant_scope(cast.tenant.pk):
        topic = Topic.objects.create(tenant=cast.tenant, name="Invoices", created_at=clock.now())
        # Members choose among the topics of their mailboxes.
        Mailbox.objects.filter(pk=cast.mailbox.pk).update(default_topic=topic)

    _post(browser, "status", conversation, status="pending")
    _post(browser, "topic", conversation, topic=str(topic.pk))
    _post(browser, "priority", conversation, priority="2")
    head = _post(browser, "tag", conversation, name="VIP")

    row = _now(conversation)
    assert (row.status, row.topic, row.priority) == ("pending", topic, 2)
    assert "VIP" in head
    with tenant_scope(cast.tenant.pk):
        tag = Tag.objects.get()
    assert "VIP" not in _post(browser, "untag", conversation, tag=str(tag.pk)).partition("History")[0]


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("status", {"status": "snoozed"}),
        ("status", {"status": "garbage"}),
        ("priority", {"priority": "99"}),
        ("priority", {"priority": "x"}),
        ("topic", {"topic": "garbage"}),
        ("tag", {"name": ""}),
        ("tag", {"name": "x" * 60}),
        ("untag", {"tag": "garbage"}),
    ],
)
def test_what_nobody_offered_changes_nothing(
    cast: Cast, conversation: Conversation, name: str, fields: dict[str, str]
) -> None:
    _post(signed_in(cast.member), name, conversation, **fields)

    with tenant_scope(cast.tenant.pk):
        assert not conversation.events.exists()


def test_a_topic_of_mailboxes_of_others_is_not_offered_and_not_taken(cast: Cast, conversation: Conversation) -> None:
    hidden = conversation_of(receive(cast.hidden_mailbox, make_raw()))
    with tenant_scope(cast.tenant.pk):
        topic = Topic.objects.create(tenant=cast.tenant, name="Takeover", created_at=clock.now())
        Conversation.objects.filter(pk=hidden.pk).update(topic=topic)
    browser = signed_in(cast.member)

    offered = browser.get(_url("topic", conversation), headers=HTMX).content.decode()
    _post(browser, "topic", conversation, topic=str(topic.pk))

    assert "Takeover" not in offered
    assert _now(conversation).topic is None


def test_it_is_put_off_until_a_time_of_the_persons_own_zone(cast: Cast, conversation: Conversation) -> None:
    cast.member.user.time_zone = "Asia/Tokyo"
    cast.member.user.save()
    local = (clock.now() + timedelta(days=3)).astimezone(ZoneInfo("Asia/Tokyo")).replace(hour=8, minute=30)

    answer = signed_in(cast.member).post(_url("snooze", conversation), {"at": f"{local:%Y-%m-%dT%H:%M}"})

    row = _now(conversation)
    assert answer.status_code == 302
    assert row.status == Conversation.Status.SNOOZED
    assert row.snoozed_until == local.replace(second=0, microsecond=0)
    assert row.snoozed_by == cast.member


@pytest.mark.parametrize(
    "fields", [{}, {"until": "never"}, {"at": "2001-01-01T10:00"}, {"at": "soon"}, {"at": "9999-12-31T23:59"}]
)
def test_a_time_that_is_none_puts_nothing_off(cast: Cast, conversation: Conversation, fields: dict[str, str]) -> None:
    answer = signed_in(cast.member).post(_url("snooze", conversation), fields)

    assert answer.status_code == 302
    assert _now(conversation).status == Conversation.Status.OPEN


def test_what_is_put_away_leads_to_the_next_one_and_can_be_undone(cast: Cast, conversation: Conversation) -> None:
    newer = conversation_of(receive(cast.mailbox, make_raw(subject="Newer")))
    browser = signed_in(cast.member)

    answer = browser.post(_url("snooze", newer), {"until": "tomorrow"}, follow=True)

    assert answer.redirect_chain[0][0].startswith(_url("detail", conversation))
    assert _url("reopen", newer) in answer.content.decode()
    browser.post(_url("reopen", newer))
    assert _now(newer).status == Conversation.Status.OPEN


def test_spam_says_why_and_not_spam_opens_it(cast: Cast) -> None:
    mail = make_raw()
    mail["X-Spam-Flag"] = "YES"
    conversation, browser = conversation_of(receive(cast.mailbox, mail)), signed_in(cast.member)

    page = browser.get(_url("detail", conversation)).content.decode()
    browser.post(_url("not-spam", conversation))

    assert "Spam: X-Spam-Flag of the server: YES" in page
    assert _now(conversation).status == Conversation.Status.OPEN


def test_nobody_acts_on_what_is_not_theirs(cast: Cast) -> None:
    hidden = conversation_of(receive(cast.hidden_mailbox, make_raw()))

    for person in (cast.member, cast.stranger):
        for name in (
            "assign",
            "status",
            "snooze",
            "topic",
            "priority",
            "tag",
            "untag",
            "spam",
            "not-spam",
            "note",
            "live",
        ):
            assert signed_in(person).post(_url(name, hidden)).status_code == 404
