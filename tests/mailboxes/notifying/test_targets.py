"""Until when an answer is due, from mail that comes in to the answer (SPEC Q5)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailboxes import settling
from mailboxes.models import Conversation, Delivery, Mailbox, OutgoingMessage, ResponseTarget
from mailboxes.queue import acting, targets
from mailboxes.writing import later
from mailhub.tenancy.models import Membership
from servers.models import FolderRole, OutgoingServer
from tests.factories import Cast
from tests.mailboxes.automatic.post import letter, receive
from tests.mailboxes.mail.factories import send, settle
from tests.mailboxes.mail.leaving import schedule
from tests.mailboxes.routing.rules import action, make_rule

pytestmark = pytest.mark.django_db

# A Monday.
NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
OFFICE = [[["09:00", "17:00"]]] * 5 + [[], []]
_FROM = "Nina Berg <nina@customer.example>"


@pytest.fixture(autouse=True)
def target(mailbox: Mailbox) -> ResponseTarget:
    """Four working hours."""
    found: ResponseTarget = ResponseTarget.objects.create(
        tenant_id=mailbox.tenant_id, mailbox=mailbox, minutes=240, week=OFFICE
    )
    return found


def _receive(mailbox: Mailbox, *, at: datetime = NINE, fields: dict[str, Any] | None = None, **headers: Any) -> None:
    receive(mailbox, letter(mailbox.address, _FROM, at=at, **headers), at=at, **(fields or {}))


def _schedule(server: OutgoingServer, author: Membership) -> OutgoingMessage:
    """Write the answer an hour after the mail, to leave an hour later."""
    conversation = Conversation.objects.get()
    wrote_at = NINE + timedelta(hours=1)
    return schedule(server, author, conversation=conversation, now=wrote_at, after=timedelta(hours=1))


def _leave(outgoing: OutgoingMessage) -> None:
    assert outgoing.send_at is not None
    settle(outgoing, Delivery.State.UNCERTAIN)
    settling.settle_found(outgoing, now=outgoing.send_at)


def _due() -> datetime | None:
    return Conversation.objects.get().reply_due_at


def test_new_mail_is_due_within_working_hours(mailbox: Mailbox) -> None:
    _receive(mailbox, at=NINE + timedelta(hours=6))

    assert _due() == NINE + timedelta(days=1, hours=2)


def test_further_mail_of_somebody_who_waits_puts_nothing_off(mailbox: Mailbox) -> None:
    _receive(mailbox, Message_ID="<first@customer.example>")
    _receive(mailbox, at=NINE + timedelta(hours=1), In_Reply_To="<first@customer.example>")

    assert _due() == NINE + timedelta(hours=4)


def test_an_answer_of_a_person_ends_it_and_the_next_mail_begins_anew(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer
) -> None:
    _receive(mailbox)
    sent = send(server, cast.member, conversation=Conversation.objects.get(), at=NINE + timedelta(hours=1))
    answered = _due()
    _receive(mailbox, at=NINE + timedelta(hours=2), In_Reply_To=f"<{sent.message_id}>")

    assert answered is None
    assert _due() == NINE + timedelta(hours=6)


def test_a_scheduled_answer_ends_it_when_it_leaves(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> None:
    _receive(mailbox)
    scheduled = _schedule(server, cast.member)
    before = _due()

    _leave(scheduled)

    assert before == NINE + timedelta(hours=4)
    assert _due() is None


def test_a_scheduled_answer_answers_what_came_before_it_left_and_no_more(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer
) -> None:
    _receive(mailbox, Message_ID="<first@customer.example>")
    scheduled = _schedule(server, cast.member)
    _receive(mailbox, at=NINE + timedelta(hours=3), In_Reply_To="<first@customer.example>")

    _leave(scheduled)

    assert _due() == NINE + timedelta(hours=7)


def test_a_scheduled_answer_that_was_not_delivered_answers_nothing(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer
) -> None:
    _receive(mailbox)
    scheduled = _schedule(server, cast.member)

    settle(scheduled, Delivery.State.FAILED)
    targets.recompute(mailbox.pk)

    assert _due() == NINE + timedelta(hours=4)


def test_a_scheduled_answer_that_is_sent_at_once_ends_it(cast: Cast, mailbox: Mailbox, server: OutgoingServer) -> None:
    _receive(mailbox)
    scheduled = _schedule(server, cast.member)

    later.send_now(scheduled, by=cast.member, now=NINE + timedelta(minutes=90))

    assert _due() is None


def test_an_answer_that_was_written_elsewhere_ends_it_too(mailbox: Mailbox) -> None:
    _receive(mailbox, Message_ID="<first@customer.example>")
    ours = letter("nina@customer.example", mailbox.address, In_Reply_To="<first@customer.example>")

    receive(mailbox, ours, at=NINE + timedelta(hours=1), folder_role=FolderRole.SENT)

    assert _due() is None


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({"is_archived": True}, {}),
        ({}, {"Auto_Submitted": "auto-generated"}),
        ({}, {"List_Id": "<news.example.com>"}),
        ({}, {"Return_Path": "<>"}),
    ],
)
def test_old_and_automatic_mail_waits_for_nobody(
    mailbox: Mailbox, fields: dict[str, Any], headers: dict[str, Any]
) -> None:
    _receive(mailbox, fields=fields, **headers)

    assert _due() is None


@pytest.mark.parametrize("status", ["spam", "closed"])
def test_what_a_rule_closes_waits_for_nobody(mailbox: Mailbox, status: str) -> None:
    make_rule(mailbox, action("status", status))

    _receive(mailbox)

    assert _due() is None


def test_a_target_that_is_off_sets_nothing(mailbox: Mailbox) -> None:
    ResponseTarget.objects.update(is_active=False)

    _receive(mailbox)

    assert _due() is None


@pytest.mark.parametrize("deed", ["close", "snooze", "spam"])
def test_what_is_put_away_waits_no_more_and_waits_again_when_it_is_back(
    cast: Cast, mailbox: Mailbox, deed: str
) -> None:
    _receive(mailbox)
    now = NINE + timedelta(hours=1)
    conversation = Conversation.objects.get()

    if deed == "close":
        acting.set_status([conversation], Conversation.Status.CLOSED, by=cast.member, now=now)
    elif deed == "snooze":
        acting.snooze([conversation], now + timedelta(days=1), by=cast.member, now=now)
    else:
        acting.mark_spam([conversation], by=cast.member, now=now)
    away = _due()
    acting.set_status([conversation.refreshed()], Conversation.Status.OPEN, by=cast.member, now=now)

    assert away is None
    assert _due() == NINE + timedelta(hours=4)


def test_a_changed_target_holds_for_what_waits_already(mailbox: Mailbox) -> None:
    _receive(mailbox)
    ResponseTarget.objects.update(minutes=60)

    targets.recompute(mailbox.pk)

    assert _due() == NINE + timedelta(hours=1)


def test_a_target_that_is_switched_on_finds_what_waits_and_leaves_what_was_answered(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "_BATCH", 2)
    ResponseTarget.objects.update(is_active=False)
    for _ in range(5):
        _receive(mailbox)
    answered = Conversation.objects.order_by("pk")[0]
    send(server, cast.member, conversation=answered, at=NINE + timedelta(hours=1))
    ResponseTarget.objects.update(is_active=True)

    targets.recompute(mailbox.pk)

    assert Conversation.objects.filter(reply_due_at=NINE + timedelta(hours=4)).count() == 4
    assert answered.refreshed().reply_due_at is None


def test_a_target_that_is_switched_off_takes_all_away(mailbox: Mailbox) -> None:
    _receive(mailbox)
    ResponseTarget.objects.update(is_active=False)

    targets.recompute(mailbox.pk)

    assert _due() is None


def test_a_letter_that_we_open_a_conversation_with_waits_for_nobody(
    cast: Cast, mailbox: Mailbox, server: OutgoingServer
) -> None:
    send(server, cast.member)

    targets.recompute(mailbox.pk)

    assert OutgoingMessage.objects.count() == 1
    assert _due() is None
