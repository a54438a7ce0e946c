"""An open conversation: who else is at it, and what is new."""

from datetime import timedelta
from typing import cast as cast_to

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import regrouping
from mailboxes.models import Conversation, MailboxAccess, OutgoingMessage, Presence
from mailboxes.notes import writing
from mailboxes.queue import acting, presence
from mailboxes.reading.arrivals import mark_of
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send


def _conversation(cast: Cast) -> Conversation:
    return conversation_of(receive(cast.mailbox, make_raw()))


def _mark(conversation: Conversation) -> str:
    with tenant_scope(conversation.tenant_id):
        return mark_of(conversation)


def _ask(browser: Client, conversation: Conversation, **fields: str) -> HttpResponse:
    return cast_to(HttpResponse, browser.post(reverse("mailboxes:conversation-live", args=[conversation.pk]), fields))


def test_two_people_see_that_the_other_one_is_there_and_writes(cast: Cast) -> None:
    conversation = _conversation(cast)
    mark = _mark(conversation)

    _ask(signed_in(cast.owner), conversation, mark=mark, writing="on")
    seen = _ask(signed_in(cast.member), conversation, mark=mark).content.decode()
    seen_by_owner = _ask(signed_in(cast.owner), conversation, mark=mark).content.decode()

    assert f"{cast.owner.user} is writing a reply" in seen
    assert f"{cast.member.user} is looking at it" in seen_by_owner


def test_nothing_is_answered_while_nothing_changes(cast: Cast) -> None:
    conversation, browser = _conversation(cast), signed_in(cast.member)
    mark = _mark(conversation)

    first = _ask(browser, conversation, mark=mark)
    again = _ask(browser, conversation, mark=mark, shown=first["X-Shown"])

    assert (first.status_code, again.status_code) == (200, 204)


def test_who_closed_the_page_is_gone_and_who_was_silent_too(cast: Cast) -> None:
    conversation = _conversation(cast)
    with tenant_scope(cast.tenant.pk):
        presence.tell(conversation, cast.owner, is_writing=True, now=clock.now() - presence.LAPSES_AFTER)
    _ask(signed_in(cast.member), conversation, left="on")

    with tenant_scope(cast.tenant.pk):
        assert presence.others_at(conversation, cast.member, now=clock.now()) == []
        assert not Presence.objects.filter(membership=cast.member).exists()
        assert presence.forget_lapsed(now=clock.now() + timedelta(hours=2)) == 1


def test_a_new_message_is_announced_with_its_sender(cast: Cast) -> None:
    message = receive(cast.mailbox, make_raw())
    conversation = conversation_of(message)
    mark = _mark(conversation)
    receive(cast.mailbox, make_raw(in_reply_to=f"<{message.message_id}>", subject="Re: Quote for 40 seats"))

    answer = _ask(signed_in(cast.member), conversation, mark=mark).content.decode()

    assert "New message from Nina Berg" in answer
    assert "show" in answer


def test_what_colleagues_do_is_announced_and_what_one_does_oneself_is_not(cast: Cast, server: OutgoingServer) -> None:
    conversation = _conversation(cast)
    mark = _mark(conversation)
    with tenant_scope(cast.tenant.pk):
        writing.write_note(conversation, "Mine", author=cast.owner, now=clock.now())
        acting.assign([conversation], cast.member, by=cast.owner, now=clock.now())
    send(server, cast.owner, conversation=conversation)

    for_member = _ask(signed_in(cast.member), conversation, mark=mark).content.decode()
    for_owner = _ask(signed_in(cast.owner), conversation, mark=mark).content.decode()

    for words in ("New note from", "assigned it to", "answered"):
        assert words in for_member
        assert words not in for_owner


def test_whoever_lost_the_mailbox_is_told_that_it_is_gone_and_is_not_there(cast: Cast) -> None:
    conversation, browser = _conversation(cast), signed_in(cast.member)
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

    answer = _ask(browser, conversation, mark="")

    assert answer.status_code == 404
    with tenant_scope(cast.tenant.pk):
        assert not Presence.objects.exists()


def test_a_merge_is_announced(cast: Cast) -> None:
    one, other = _conversation(cast), _conversation(cast)
    with tenant_scope(cast.tenant.pk):
        regrouping.merge(one, other, cast.owner, now=clock.now())

    answer = _ask(signed_in(cast.member), one, mark="").content.decode()

    assert "It was merged into" in answer


def test_asking_is_cheap(cast: Cast) -> None:
    conversation, browser = _conversation(cast), signed_in(cast.member)
    mark = _mark(conversation)
    _ask(browser, conversation, mark=mark)

    with CaptureQueriesContext(connection) as queries:
        _ask(browser, conversation, mark=mark)

    assert len(queries) <= 14


def test_a_mark_that_nobody_gave_breaks_nothing(cast: Cast) -> None:
    conversation, browser = _conversation(cast), signed_in(cast.member)

    for mark in ("garbage", "..", "\0", "x" * 500, "a.b.c.d"):
        assert _ask(browser, conversation, mark=mark).status_code in (200, 204)


def test_a_page_with_a_letter_for_tomorrow_announces_no_mail_that_it_shows(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw())
    conversation = conversation_of(message)
    scheduled = send(server, cast.owner, conversation=conversation, answers=message)
    tomorrow = clock.now() + timedelta(days=1)
    with tenant_scope(cast.tenant.pk):
        OutgoingMessage.objects.filter(pk=scheduled.pk).update(send_at=tomorrow, is_scheduled=True)
    receive(cast.mailbox, make_raw(in_reply_to=f"<{message.message_id}>", subject="Re: Quote for 40 seats"))

    page = signed_in(cast.member).get(reverse("mailboxes:conversation-detail", args=[conversation.pk]))

    assert page.context["mark"] == _mark(conversation)
