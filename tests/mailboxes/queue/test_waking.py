"""Conversations that were put off come back."""

from datetime import timedelta

from mailboxes.models import Conversation, ConversationEvent
from mailboxes.queue import acting, waking
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import Cast
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive


def _snoozed(cast: Cast) -> Conversation:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    now = clock.now()
    with tenant_scope(cast.tenant.pk):
        acting.mark_read([conversation], by=cast.member)
        acting.mark_read([conversation], by=cast.owner)
        acting.snooze([conversation], now + timedelta(hours=1), by=cast.member, now=now)
        return conversation.refreshed()


def test_it_comes_back_when_its_time_has_come_and_not_before(cast: Cast) -> None:
    conversation = _snoozed(cast)
    until = conversation.snoozed_until
    assert until is not None

    with unscoped("a sweep wakes conversations of every tenant"):
        too_early = waking.wake_due(now=until - timedelta(seconds=1))
        woken = waking.wake_due(now=until)

    row = _as_it_is_now(cast, conversation)
    assert (too_early, woken) == (0, 1)
    assert (row.status, row.snoozed_until, row.snoozed_by) == ("open", None, None)


def test_it_is_unread_again_for_who_put_it_off_alone(cast: Cast) -> None:
    conversation = _snoozed(cast)

    with tenant_scope(cast.tenant.pk):
        waking.wake_due(now=clock.now() + timedelta(days=1))
        rows = Conversation.objects.all()

        assert rows.unread_for(cast.member).exists()
        assert not rows.unread_for(cast.owner).exists()
        assert _last_words(conversation) == "Back, as its time had come"


def test_two_sweeps_wake_it_once(cast: Cast) -> None:
    conversation = _snoozed(cast)
    later = clock.now() + timedelta(days=1)

    with tenant_scope(cast.tenant.pk):
        counts = [waking.wake_due(now=later), waking.wake_due(now=later)]

        assert counts == [1, 0]
        assert conversation.events.filter(kind=ConversationEvent.Kind.WOKEN).count() == 1


def test_new_mail_brings_it_back(cast: Cast) -> None:
    conversation = _snoozed(cast)
    with tenant_scope(cast.tenant.pk):
        first = conversation.messages.get()

    receive(cast.mailbox, make_raw(in_reply_to=f"<{first.message_id}>", subject="Re: Quote for 40 seats"))

    with tenant_scope(cast.tenant.pk):
        row = conversation.refreshed()
        assert row.message_count == 2
        assert (row.status, row.snoozed_until, row.snoozed_by) == ("open", None, None)
        assert _last_words(row) == "Back, as something came in"


def _last_words(conversation: Conversation) -> str:
    return str(list(conversation.events.values_list("words", flat=True))[-1])


def _as_it_is_now(cast: Cast, conversation: Conversation) -> Conversation:
    with tenant_scope(cast.tenant.pk):
        return conversation.refreshed()
