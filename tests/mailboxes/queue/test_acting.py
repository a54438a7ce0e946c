"""What people do with conversations, and the history that it leaves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import (
    Conversation,
    ConversationEvent,
    ConversationRead,
    Message,
    Notification,
    SenderVerdict,
    Tag,
    Topic,
)
from mailboxes.queue import acting
from mailboxes.queue.acting import ActionRefused
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

_Act = Callable[[Cast, list[Conversation]], object]


def _conversations(cast: Cast, count: int = 1) -> list[Conversation]:
    mails = [make_raw(from_=f"customer{number}@customer.example", subject=f"Order {number}") for number in range(count)]
    return [conversation_of(receive(cast.mailbox, mail)) for mail in mails]


def _words(conversation: Conversation) -> list[str]:
    return list(conversation.events.values_list("words", flat=True))


def test_assigning_says_who_gave_it_to_whom_and_tells_them(cast: Cast) -> None:
    [conversation] = _conversations(cast)

    with tenant_scope(cast.tenant.pk):
        acting.assign([conversation], cast.member, by=cast.owner, now=clock.now())

        assert conversation.refreshed().assignee == cast.member
        assert _words(conversation) == [f"{cast.owner.user} assigned it to {cast.member.user}"]
        assert Notification.objects.get().recipient == cast.member


def test_whoever_takes_a_conversation_is_told_nothing(cast: Cast) -> None:
    [conversation] = _conversations(cast)

    with tenant_scope(cast.tenant.pk):
        acting.assign([conversation], cast.member, by=cast.member, now=clock.now())

        assert _words(conversation) == [f"{cast.member.user} took it"]
        assert not Notification.objects.exists()


def test_nothing_is_assigned_to_somebody_who_may_not_see_the_mailbox(cast: Cast) -> None:
    hidden = conversation_of(receive(cast.hidden_mailbox, make_raw()))
    [open_] = _conversations(cast)

    with tenant_scope(cast.tenant.pk):
        with pytest.raises(ActionRefused, match="may not use the mailbox"):
            acting.assign([open_, hidden], cast.member, by=cast.owner, now=clock.now())

        assert open_.refreshed().assignee is None


def test_nothing_is_assigned_to_somebody_who_left_or_is_of_another_account(cast: Cast) -> None:
    [conversation] = _conversations(cast)
    cast.member.is_active = False
    cast.member.save()

    with tenant_scope(cast.tenant.pk):
        for person in (cast.member, cast.stranger):
            with pytest.raises(ActionRefused):
                acting.assign([conversation], person, by=cast.owner, now=clock.now())


def test_of_two_people_who_close_it_one_did(cast: Cast) -> None:
    [conversation] = _conversations(cast)
    loaded_by_both = [conversation]

    with tenant_scope(cast.tenant.pk):
        acting.set_status(loaded_by_both, Conversation.Status.CLOSED, by=cast.owner, now=clock.now())
        changed = acting.set_status(loaded_by_both, Conversation.Status.CLOSED, by=cast.member, now=clock.now())

        assert changed == []
        assert _words(conversation) == [f"{cast.owner.user} closed it"]


def test_whoever_opens_what_was_put_off_ends_that(cast: Cast) -> None:
    [conversation] = _conversations(cast)
    now = clock.now()

    with tenant_scope(cast.tenant.pk):
        acting.snooze([conversation], now + timedelta(days=1), by=cast.owner, now=now)
        acting.set_status([conversation], Conversation.Status.OPEN, by=cast.member, now=now)

        row = conversation.refreshed()
        assert (row.status, row.snoozed_until, row.snoozed_by) == ("open", None, None)


@pytest.mark.parametrize("distance", [timedelta(0), timedelta(seconds=-1), timedelta(days=400)])
def test_nothing_is_put_off_into_the_past_or_for_years(cast: Cast, distance: timedelta) -> None:
    [conversation] = _conversations(cast)
    now = clock.now()

    with tenant_scope(cast.tenant.pk), pytest.raises(ActionRefused):
        acting.snooze([conversation], now + distance, by=cast.owner, now=now)


def test_a_tag_is_one_whatever_its_case_and_is_on_a_conversation_once(cast: Cast) -> None:
    [conversation] = _conversations(cast)

    with tenant_scope(cast.tenant.pk):
        acting.add_tag([conversation], "  VIP   customer ", by=cast.owner, now=clock.now())
        acting.add_tag([conversation], "vip customer", by=cast.member, now=clock.now())

        assert Tag.objects.get().name == "VIP customer"
        assert _words(conversation) == [f"{cast.owner.user} added the tag VIP customer"]


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\x00", "x" * 41])
def test_a_tag_without_a_name_or_with_a_long_one_is_refused(cast: Cast, name: str) -> None:
    [conversation] = _conversations(cast)

    with tenant_scope(cast.tenant.pk), pytest.raises(ActionRefused):
        acting.add_tag([conversation], name, by=cast.owner, now=clock.now())


def test_what_a_person_says_of_a_sender_is_kept_and_can_be_taken_back(cast: Cast) -> None:
    [conversation] = _conversations(cast)

    with tenant_scope(cast.tenant.pk):
        acting.mark_spam([conversation], by=cast.member, now=clock.now())
        verdict, message = SenderVerdict.objects.get(), Message.objects.get()
        acting.mark_not_spam([conversation], by=cast.owner, now=clock.now())

        assert (verdict.address, verdict.is_spam, verdict.said_by) == ("customer0@customer.example", True, cast.member)
        assert message.spam_because == f"{cast.member.user} said so"
        assert not SenderVerdict.objects.get().is_spam
        assert Message.objects.get().spam_because == ""
        assert conversation.refreshed().status == Conversation.Status.OPEN


def test_other_conversations_of_a_spammer_stay_where_they_are(cast: Cast) -> None:
    first = conversation_of(receive(cast.mailbox, make_raw(subject="One")))
    other = conversation_of(receive(cast.mailbox, make_raw(subject="Two")))

    with tenant_scope(cast.tenant.pk):
        acting.mark_spam([first], by=cast.member, now=clock.now())

        assert other.refreshed().status == Conversation.Status.OPEN


def test_read_and_unread_are_each_persons_own(cast: Cast) -> None:
    [conversation] = _conversations(cast)

    with tenant_scope(cast.tenant.pk):
        acting.mark_read([conversation], by=cast.member)
        acting.mark_read([conversation], by=cast.owner)
        acting.mark_unread([conversation], by=cast.owner)

        assert ConversationRead.objects.get().membership == cast.member


_now = clock.now
_ACTS: dict[str, _Act] = {
    "assign": lambda cast, rows: acting.assign(rows, cast.member, by=cast.owner, now=_now()),
    "close": lambda cast, rows: acting.set_status(rows, "closed", by=cast.owner, now=_now()),
    "topic": lambda cast, rows: acting.set_topic(rows, Topic.objects.get(), by=cast.owner, now=_now()),
    "priority": lambda cast, rows: acting.set_priority(rows, 2, by=cast.owner, now=_now()),
    "tag": lambda cast, rows: acting.add_tag(rows, "Quick", by=cast.owner, now=_now()),
    "snooze": lambda cast, rows: acting.snooze(rows, _now() + timedelta(hours=1), by=cast.owner, now=_now()),
    "spam": lambda cast, rows: acting.mark_spam(rows, by=cast.owner, now=_now()),
    "read": lambda cast, rows: acting.mark_read(rows, by=cast.owner),
}


@pytest.mark.parametrize("name", _ACTS)
def test_it_takes_as_many_queries_for_many_as_for_one(cast: Cast, name: str) -> None:
    rows = _conversations(cast, 6)
    counts = []

    with tenant_scope(cast.tenant.pk):
        Topic.objects.create(tenant=cast.tenant, name="Orders", created_at=clock.now())
        Tag.objects.create(tenant=cast.tenant, name="Quick")
        for chosen in (rows[:1], rows[1:]):
            with CaptureQueriesContext(connection) as queries:
                _ACTS[name](cast, chosen)
            counts.append(len(queries))

        assert counts[0] == counts[1]
        assert name == "read" or ConversationEvent.objects.count() == len(rows)


def test_what_was_merged_meanwhile_is_left_alone(cast: Cast) -> None:
    one, other = _conversations(cast, 2)

    with tenant_scope(cast.tenant.pk):
        Conversation.objects.filter(pk=one.pk).update(merged_into=other)
        changed = acting.set_priority([one], 2, by=cast.owner, now=clock.now())

        assert changed == []
