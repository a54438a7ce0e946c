"""What people scheduled: it leaves in its time, and until then it can be seen, changed and taken back."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import changing, claiming, deleting, delivering, outbox, sweeping
from mailboxes.forms.scheduling import moment_on_wall
from mailboxes.leaving import AUTHOR_GONE
from mailboxes.models import ConversationEvent, Delivery, Draft, MailboxAccess, Notification, OutgoingMessage
from mailboxes.writing import later
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.models import User
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, settle
from tests.mailboxes.mail.leaving import is_gone, schedule, send_with_draft

NOW = clock.now()
DAY = timedelta(days=1)
State = Delivery.State


def test_nothing_is_claimed_before_its_time(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, after=2 * DAY, now=NOW)
    assert outgoing.send_at is not None

    with tenant_scope(cast.tenant.pk):
        before = claiming.claim(server, new_id(), now=outgoing.send_at - timedelta(seconds=1), limit=10)
        after = claiming.claim(server, new_id(), now=outgoing.send_at, limit=10)

    assert before == []
    assert len(after) == 1


def test_delivery_that_was_moved_up_by_mistake_is_not_claimed(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member)

    with tenant_scope(cast.tenant.pk):
        Delivery.objects.update(not_before=clock.now() - DAY)

        assert claiming.claim(server, new_id(), now=clock.now(), limit=10) == []


def test_retry_waits_for_the_time_that_a_person_chose(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member)
    delivery = settle(outgoing, State.FAILED)

    with tenant_scope(cast.tenant.pk):
        assert outbox.retry(delivery, now=clock.now())

        assert delivery.refreshed().not_before == outgoing.send_at


def test_clock_rings_for_what_became_due_in_the_last_moments(cast: Cast, server: OutgoingServer) -> None:
    held = send_with_draft(server, cast.member, now=NOW)
    assert held.send_at is not None
    with unscoped("the clock looks at every tenant"):
        before = sweeping.due_lately(now=held.send_at - timedelta(seconds=1))
        just_then = sweeping.due_lately(now=held.send_at + timedelta(seconds=4))
        # From then on the sweep finds it.
        long_after = sweeping.due_lately(now=held.send_at + timedelta(minutes=1))

    assert just_then == {(cast.tenant.pk, server.pk)}
    assert before == long_after == set()


def test_message_that_is_sent_at_once_carries_the_date_of_now(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, after=30 * DAY)
    now = datetime(2026, 3, 3, 9, 12, tzinfo=UTC)

    with tenant_scope(cast.tenant.pk):
        before = outgoing.raw()
        later.send_now(outgoing, by=cast.owner, now=now)

        sent = outgoing.refreshed()
        assert message_from_bytes(sent.raw())["Date"] == "Tue, 03 Mar 2026 09:12:00 +0000"
        assert sent.raw().split(b"\r\n\r\n", 1)[1] == before.split(b"\r\n\r\n", 1)[1]
        assert sent.raw().count(b"\r\nDate: ") == 1
        assert sent.deliveries.get().not_before == now
        assert len(claiming.claim(server, new_id(), now=now, limit=10)) == 1


def test_message_is_put_off_to_another_time(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, now=NOW)

    with tenant_scope(cast.tenant.pk):
        later.reschedule(outgoing, NOW + 5 * DAY, by=cast.owner, now=NOW)

        assert outgoing.refreshed().send_at == NOW + 5 * DAY
        assert outgoing.deliveries.get().not_before == NOW + 5 * DAY
        assert ConversationEvent.objects.get(kind=ConversationEvent.Kind.SCHEDULED).membership == cast.owner


@pytest.mark.parametrize("send_at", [NOW, NOW - DAY, NOW + 400 * DAY])
def test_time_that_is_over_or_too_far_off_is_refused(cast: Cast, server: OutgoingServer, send_at: datetime) -> None:
    outgoing = schedule(server, cast.member, now=NOW)

    with tenant_scope(cast.tenant.pk), pytest.raises(later.TooLate):
        later.reschedule(outgoing, send_at, by=cast.member, now=NOW)


def test_two_people_who_change_the_time_at_once_do_not_mix_up_bytes_and_time(
    cast: Cast, server: OutgoingServer
) -> None:
    outgoing = schedule(server, cast.member, now=NOW)
    with tenant_scope(cast.tenant.pk):
        as_another_sees_it = OutgoingMessage.objects.get(pk=outgoing.pk)
        later.reschedule(outgoing, NOW + 5 * DAY, by=cast.member, now=NOW)

        with pytest.raises(later.TooLate, match="changed the time"):
            later.reschedule(as_another_sees_it, NOW + 6 * DAY, by=cast.owner, now=NOW)

        assert outgoing.refreshed().send_at == NOW + 5 * DAY


def test_colleague_cancels_a_scheduled_message_and_its_author_has_it_and_is_told(
    cast: Cast, server: OutgoingServer
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    outgoing = schedule(server, cast.member, conversation=conversation)

    with tenant_scope(cast.tenant.pk):
        draft = later.undo(outgoing, by=cast.owner, now=clock.now())

        assert draft.author == cast.member
        assert Notification.objects.get().recipient == cast.member
        words = ConversationEvent.objects.get(kind=ConversationEvent.Kind.SENDING_UNDONE).words
        assert words.startswith(f"{cast.owner.user} cancelled a message to nina@customer.example")


def test_scheduled_message_of_somebody_who_lost_the_mailbox_is_not_sent(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, now=NOW)
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

        claimed = claiming.claim(server, new_id(), now=NOW + 3 * DAY, limit=10)

        assert claimed == []
        delivery = outgoing.deliveries.get()
        assert (delivery.state, delivery.reply_text) == (State.FAILED, AUTHOR_GONE)


def test_scheduled_message_of_somebody_who_was_deactivated_is_not_sent(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, now=NOW)
    type(cast.member).objects.filter(pk=cast.member.pk).update(is_active=False)

    with tenant_scope(cast.tenant.pk):
        assert claiming.claim(server, new_id(), now=NOW + 3 * DAY, limit=10) == []

        assert outgoing.deliveries.get().state == State.FAILED


def test_message_that_was_only_held_to_be_undone_leaves_although_its_author_is_gone(
    cast: Cast, server: OutgoingServer
) -> None:
    send_with_draft(server, cast.member, now=NOW)
    User.objects.filter(pk=cast.member.user_id).update(is_active=False)

    with tenant_scope(cast.tenant.pk):
        assert len(claiming.claim(server, new_id(), now=NOW + timedelta(seconds=10), limit=10)) == 1


def test_others_see_the_stopped_message_and_send_it_all_the_same(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, after=timedelta(seconds=-1))
    browser = signed_in(cast.owner)
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()
        claiming.claim(server, new_id(), now=clock.now(), limit=10)

    shown = browser.get(reverse("mailboxes:scheduled-list")).content.decode()
    browser.post(reverse("mailboxes:outgoing-send-now", args=[outgoing.pk]))

    assert "may not send from this mailbox any more" in shown
    with tenant_scope(cast.tenant.pk):
        assert len(claiming.claim(server, new_id(), now=clock.now(), limit=10)) == 1


def test_stopped_message_that_is_cancelled_becomes_a_draft_of_who_cancels(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, after=timedelta(seconds=-1))
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()
        claiming.claim(server, new_id(), now=clock.now(), limit=10)

        draft = later.undo(outgoing.refreshed(), by=cast.owner, now=clock.now())

        assert list(Draft.objects.of(cast.owner).unsent()) == [draft]


def test_list_shows_what_is_scheduled_in_ones_own_mailboxes_soonest_first(cast: Cast, server: OutgoingServer) -> None:
    hidden = make_outgoing(cast.hidden_mailbox)
    second, first = schedule(server, cast.owner, after=3 * DAY), schedule(server, cast.owner, after=DAY)
    secret = schedule(hidden, cast.owner, to="secret@customer.example")
    send_with_draft(server, cast.member)

    page = signed_in(cast.member).get(reverse("mailboxes:scheduled-list")).content.decode()

    assert page.index(str(first.pk)) < page.index(str(second.pk))
    assert "secret@customer.example" not in page
    assert str(secret.pk) not in page
    assert page.count('class="scheduled"') == 2


def test_list_asks_the_same_number_of_queries_for_one_and_for_many(cast: Cast, server: OutgoingServer) -> None:
    browser = signed_in(cast.member)
    schedule(server, cast.member)
    browser.get(reverse("mailboxes:scheduled-list"))
    with CaptureQueriesContext(connection) as for_one:
        browser.get(reverse("mailboxes:scheduled-list"))
    for number in range(8):
        schedule(server, cast.member, to=f"reader{number}@customer.example")

    with CaptureQueriesContext(connection) as for_many:
        browser.get(reverse("mailboxes:scheduled-list"))

    assert len(for_many) == len(for_one)


def test_list_says_why_something_waits_although_its_server_is_switched_off(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        changing.stop_sending(server)

    page = signed_in(cast.member).get(reverse("mailboxes:scheduled-list")).content.decode()

    assert "is switched off" in page


def test_times_are_those_of_the_person(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member, after=timedelta(0), now=datetime(2026, 7, 6, 7, 0, tzinfo=UTC))
    User.objects.filter(pk=cast.member.user_id).update(time_zone="Europe/Vienna")
    cast.member.user.refresh_from_db()

    page = signed_in(cast.member).get(reverse("mailboxes:scheduled-list")).content.decode()

    assert "Mon 6 Jul 2026, 09:00 CEST" in page


def test_person_changes_the_time_on_the_clock_of_their_own_wall(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member)
    User.objects.filter(pk=cast.member.user_id).update(time_zone="America/New_York")
    cast.member.user.refresh_from_db()
    tomorrow = (clock.now() + DAY).astimezone(ZoneInfo("America/New_York")).replace(hour=9, minute=30, second=0)
    url = reverse("mailboxes:outgoing-reschedule", args=[outgoing.pk])

    response = signed_in(cast.member).post(url, {"send_at": f"{tomorrow:%Y-%m-%dT%H:%M}"})

    assert response.status_code == 302
    with tenant_scope(cast.tenant.pk):
        send_at = outgoing.refreshed().send_at
        assert send_at is not None
        assert send_at == moment_on_wall(tomorrow.replace(microsecond=0), ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"send_at": "2020-01-01T09:00"}, "over already"),
        ({"send_at": "2999-01-01T09:00"}, "a year ahead"),
        ({"send_at": ""}, "Choose the day and the time"),
        ({"send_at": "soon"}, "no day and time"),
        ({"send_at": "9999-12-31T23:59"}, "a year ahead"),
        ({"send_at": "0001-01-01T00:00"}, "over already"),
        ({"send_time": "never"}, "Choose the day and the time"),
    ],
)
def test_wrong_time_is_refused_with_words(
    cast: Cast, server: OutgoingServer, typed: dict[str, str], words: str
) -> None:
    outgoing = schedule(server, cast.member)
    before = outgoing.send_at

    response = signed_in(cast.member).post(reverse("mailboxes:outgoing-reschedule", args=[outgoing.pk]), typed)

    assert response.status_code == 422
    assert words in response.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert outgoing.refreshed().send_at == before


def test_time_that_the_clocks_jump_over_is_refused() -> None:
    vienna = ZoneInfo("Europe/Vienna")

    with pytest.raises(ValidationError, match=r"02:30 does not exist\. Choose 03:30"):
        moment_on_wall(datetime(2026, 3, 29, 2, 30, tzinfo=UTC), vienna)


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    moment = moment_on_wall(datetime(2026, 10, 25, 2, 30, tzinfo=UTC), ZoneInfo("Europe/Vienna"))

    assert moment.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_what_goes_with_a_mailbox_names_scheduled_mail(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member)

    with tenant_scope(cast.tenant.pk):
        assert "1 scheduled message, which is then not sent" in deleting.what_goes_with(cast.mailbox)


def test_page_that_deletes_a_server_names_scheduled_mail(cast: Cast, server: OutgoingServer) -> None:
    schedule(server, cast.member)
    url = reverse("mailboxes:outgoing-delete", args=[cast.mailbox.pk, server.pk])

    assert "1 scheduled message" in signed_in(cast.owner).get(url).content.decode()


def test_message_whose_server_was_deleted_is_not_sent_and_can_be_taken_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        changing.delete_outgoing(server, successor=None, now=clock.now())
        with pytest.raises(later.TooLate, match="server was deleted"):
            later.send_now(outgoing.refreshed(), by=cast.member, now=clock.now())

        later.undo(outgoing.refreshed(), by=cast.member, now=clock.now())

    assert is_gone(outgoing)


def test_conversation_shows_when_a_message_leaves_and_what_can_be_done(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.owner, is_held_by_replies=True)

    page = signed_in(cast.member).get(reverse("mailboxes:outgoing-detail", args=[outgoing.pk])).content.decode()

    for words in ("Leaves on", "unless somebody writes before", "Send now", "Change", "Cancel"):
        assert words in page


def test_deactivated_mailbox_keeps_what_is_scheduled(cast: Cast, server: OutgoingServer) -> None:
    outgoing = schedule(server, cast.member, after=timedelta(seconds=-1))
    with tenant_scope(cast.tenant.pk):
        changing.deactivate(cast.mailbox, now=clock.now())

        assert not delivering.deliver_due(server.pk, now=clock.now)

        assert outgoing.deliveries.get().state == State.QUEUED
