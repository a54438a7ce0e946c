"""Rows are made for people who may know and want to, whatever they are told of (SPEC Q4, T3)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes.models import Conversation, Delivery, Mailbox, Notification
from mailboxes.notifying import forgetting, overdue, telling
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import unscoped
from servers.models import OutgoingServer
from tests.factories import Cast, make_person
from tests.mailboxes.mail.factories import send
from tests.mailboxes.notifying.rows import NOON, make_conversation, make_note, switch, take_away, told

pytestmark = pytest.mark.django_db

_Kind = Notification.Kind


def _assign(conversation: Conversation, person: Membership, actor: Membership | None) -> None:
    telling.tell_assigned([conversation], person, actor=actor, now=NOON)


def test_who_gets_a_conversation_is_told_and_mailed_two_minutes_later(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member, cast.owner)

    row = Notification.objects.get()
    assert (row.recipient, row.actor, row.kind) == (cast.member, cast.owner, _Kind.ASSIGNED)
    assert (row.created_at, row.mail_due_at) == (NOON, NOON + timedelta(minutes=2))
    assert row.is_shown
    assert row.read_at is None


def test_nobody_is_told_of_what_they_did_themselves(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member, cast.member)

    assert told(cast.member) == []


def test_who_may_not_see_the_mailbox_is_told_nothing(cast: Cast, mailbox: Mailbox, conversation: Conversation) -> None:
    take_away(mailbox, cast.member)
    note = make_note(conversation, cast.owner)

    _assign(conversation, cast.member, cast.owner)
    telling.tell_mentioned(note, [cast.member], actor=cast.owner, now=NOON)

    assert not Notification.objects.exists()


def test_who_has_left_is_told_nothing(cast: Cast, conversation: Conversation) -> None:
    Membership.objects.filter(pk=cast.member.pk).update(is_active=False)

    _assign(conversation, cast.member, cast.owner)

    assert not Notification.objects.exists()


def test_a_deleted_mailbox_tells_nobody(cast: Cast, mailbox: Mailbox, conversation: Conversation) -> None:
    Mailbox.objects.filter(pk=mailbox.pk).update(deleted_at=NOON)

    _assign(conversation, cast.owner, cast.member)

    assert not Notification.objects.exists()


def test_switches_decide_how_somebody_is_told(cast: Cast, conversation: Conversation) -> None:
    silent, by_mail_only = cast.member, cast.owner
    switch(silent, _Kind.ASSIGNED, in_browser=False, by_mail=False)
    switch(by_mail_only, _Kind.ASSIGNED, in_browser=False)

    _assign(conversation, silent, None)
    _assign(conversation, by_mail_only, None)

    row = Notification.objects.get()
    assert row.recipient == by_mail_only
    assert not row.is_shown
    assert row.mail_due_at is not None


def test_of_replies_there_is_one_unread_row_which_comes_up_again(cast: Cast, conversation: Conversation) -> None:
    later = NOON + timedelta(minutes=30)

    telling.tell_replied(conversation, [cast.member], now=NOON)
    telling.tell_replied(conversation, [cast.member], now=later)

    row = Notification.objects.get()
    assert row.created_at == later
    assert row.mail_due_at == NOON + timedelta(minutes=10)


def test_a_reply_after_a_mail_is_mailed_again_only_when_that_is_long_ago(
    cast: Cast, conversation: Conversation
) -> None:
    telling.tell_replied(conversation, [cast.member], now=NOON)
    Notification.objects.update(mailed_at=NOON + timedelta(minutes=10))

    telling.tell_replied(conversation, [cast.member], now=NOON + timedelta(minutes=40))
    soon = Notification.objects.get()
    telling.tell_replied(conversation, [cast.member], now=NOON + timedelta(hours=3))
    late = Notification.objects.get()

    assert soon.mailed_at is not None
    assert late.mailed_at is None
    assert late.mail_due_at == NOON + timedelta(hours=3, minutes=10)


def test_a_reply_after_the_last_was_read_makes_a_new_row(cast: Cast, conversation: Conversation) -> None:
    telling.tell_replied(conversation, [cast.member], now=NOON)
    Notification.objects.update(read_at=NOON)

    telling.tell_replied(conversation, [cast.member], now=NOON + timedelta(hours=1))

    assert len(told(cast.member)) == 2


def test_one_and_many_cost_the_same_number_of_queries(cast: Cast, mailbox: Mailbox) -> None:
    people = [cast.member, *(make_person(cast.tenant, Role.OWNER) for _ in range(5))]
    counts = []
    for count in (1, 6):
        conversations = [make_conversation(mailbox, assignee=people[number]) for number in range(count)]
        with CaptureQueriesContext(connection) as queries:
            telling.tell_overdue(conversations, now=NOON)
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 7
    assert Notification.objects.count() == 7


def test_who_scheduled_a_message_is_told_that_it_was_held(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)

    telling.tell_held(outgoing, now=NOON)

    assert told(cast.member) == [("held", "Your quote")]


def test_who_wrote_is_told_once_of_each_refusal(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    outgoing.deliveries.update(state=Delivery.State.FAILED, settled_at=NOON)

    telling.tell_refused(outgoing, now=NOON)
    telling.tell_refused(outgoing, now=NOON + timedelta(minutes=1))

    assert told(cast.member) == [("undelivered", "Your quote")]
    assert Notification.objects.get().created_at == NOON


def test_what_was_delivered_tells_nobody(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    outgoing.deliveries.update(state=Delivery.State.SENT, settled_at=NOON)

    telling.tell_refused(outgoing, now=NOON)

    assert told(cast.member) == []


def _tell_of_overdue(minutes: int) -> None:
    with unscoped("a test tells all tenants"):
        overdue.tell(now=NOON + timedelta(minutes=minutes))


def test_who_is_in_charge_is_told_once_that_an_answer_is_overdue(cast: Cast, mailbox: Mailbox) -> None:
    conversation = make_conversation(mailbox, assignee=cast.member, reply_due_at=NOON)
    make_conversation(mailbox, "Nobody's", reply_due_at=NOON)
    make_conversation(mailbox, "Later", assignee=cast.member, reply_due_at=NOON + timedelta(hours=1))

    _tell_of_overdue(-1)
    before = told(cast.member)
    _tell_of_overdue(1)
    _tell_of_overdue(2)

    assert before == []
    assert told(cast.member) == [("overdue", conversation.subject)]


def test_the_next_time_that_an_answer_is_overdue_is_told_again(cast: Cast, mailbox: Mailbox) -> None:
    conversation = make_conversation(mailbox, assignee=cast.member, reply_due_at=NOON)
    _tell_of_overdue(1)
    Notification.objects.update(read_at=NOON)

    Conversation.objects.filter(pk=conversation.pk).update(reply_due_at=NOON + timedelta(minutes=60))
    _tell_of_overdue(61)

    assert len(told(cast.member)) == 2


def test_an_overdue_answer_in_a_mailbox_that_was_taken_away_is_told_to_nobody(cast: Cast, mailbox: Mailbox) -> None:
    make_conversation(mailbox, assignee=cast.member, reply_due_at=NOON)
    take_away(mailbox, cast.member)

    _tell_of_overdue(1)

    assert told(cast.member) == []


def test_notifications_are_kept_for_ninety_days(cast: Cast, conversation: Conversation) -> None:
    _assign(conversation, cast.member, cast.owner)
    Notification.objects.update(created_at=NOON)
    kept, gone = (Notification.objects.get().created_at + timedelta(days=days) for days in (89, 91))

    with unscoped("a test looks at all tenants"):
        # Rows that are younger by their id than the time of the test are out of its reach.
        assert forgetting.forget_old(now=kept) == 0
        Notification.objects.update(created_at=NOON - timedelta(days=91))
        assert forgetting.forget_old(now=max(gone, NOON + timedelta(days=365))) == 1
