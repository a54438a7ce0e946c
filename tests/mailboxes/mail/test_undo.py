"""Sending can be undone for some seconds: then it is as if nobody had sent."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from django.urls import reverse

from mailboxes import claiming, outbox
from mailboxes.composing import AttachmentUpload
from mailboxes.models import (
    Conversation,
    ConversationEvent,
    Delivery,
    Draft,
    Note,
    Participant,
    SearchEntry,
    SentIdentifier,
)
from mailboxes.queue import acting
from mailboxes.writing import later
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send
from tests.mailboxes.mail.leaving import draft_of, is_gone, schedule, send_with_draft

NOW = clock.now()


def test_undone_message_is_a_draft_of_its_author_again(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)

    with tenant_scope(cast.tenant.pk):
        draft = later.undo(outgoing, by=cast.member, now=clock.now())

        assert draft.pk == outgoing.pk
        assert list(Draft.objects.of(cast.member).unsent()) == [draft]
        assert is_gone(outgoing)
        assert not Delivery.objects.exists()
        assert not SentIdentifier.objects.exists()
        assert not SearchEntry.objects.filter(pk=outgoing.pk).exists()


def test_conversation_is_as_it_was_before_the_undone_answer(cast: Cast, server: OutgoingServer) -> None:
    message = receive(cast.mailbox, make_raw(text="Could you send a quote?"), at=NOW - timedelta(hours=1))
    conversation = conversation_of(message)
    outgoing = send_with_draft(server, cast.member, conversation=conversation, answers=message, to="new@other.example")

    with tenant_scope(cast.tenant.pk):
        later.undo(outgoing, by=cast.member, now=clock.now())

        after = conversation.refreshed()
        fields = ("message_count", "snippet", "last_at", "last_received_at", "status", "correspondent_address")
        assert [getattr(after, name) for name in fields] == [getattr(conversation, name) for name in fields]
        # Whom only the undone letter named takes part no more (SECURITY B079).
        assert not Participant.objects.filter(address="new@other.example").exists()
        assert ConversationEvent.objects.get(kind=ConversationEvent.Kind.SENDING_UNDONE).membership == cast.member


def test_conversation_that_the_letter_opened_goes_away(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)

    with tenant_scope(cast.tenant.pk):
        later.undo(outgoing, by=cast.member, now=clock.now())

        assert not Conversation.objects.exists()


def test_conversation_in_which_somebody_left_a_note_stays(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        note = Note(tenant=cast.tenant, conversation=outgoing.conversation, author=cast.owner, created_at=NOW)
        note.text = "Wait for me."
        note.save()

        later.undo(outgoing, by=cast.member, now=clock.now())

        assert Conversation.objects.get().message_count == 0


def test_conversation_that_was_closed_with_the_letter_is_open_again(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    outgoing = send_with_draft(server, cast.member, conversation=conversation)
    with tenant_scope(cast.tenant.pk):
        acting.set_status([conversation], Conversation.Status.CLOSED, by=cast.member, now=clock.now())

        later.undo(outgoing, by=cast.member, now=clock.now())

        assert conversation.refreshed().status == Conversation.Status.OPEN


def test_nobody_but_the_author_undoes_a_sending(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)

    with tenant_scope(cast.tenant.pk), pytest.raises(later.TooLate, match=str(cast.member.user)):
        later.undo(outgoing, by=cast.owner, now=clock.now())

    assert not is_gone(outgoing)


def test_message_that_a_worker_has_claimed_is_not_taken_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        claiming.claim(server, new_id(), now=clock.now() + timedelta(seconds=11), limit=10)

        with pytest.raises(later.TooLate, match="on its way"):
            later.undo(outgoing, by=cast.member, now=clock.now())

        assert Draft.objects.get().sent_as_id == outgoing.pk


def test_message_that_was_tried_before_is_not_taken_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        claiming.claim(server, new_id(), now=clock.now() + timedelta(seconds=11), limit=10)
        # Its worker died before it connected.
        Delivery.objects.update(state=Delivery.State.QUEUED, attempt=None)

        with pytest.raises(later.TooLate, match="on its way"):
            later.undo(outgoing, by=cast.member, now=clock.now())


def test_message_is_taken_back_once(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        later.undo(outgoing, by=cast.member, now=clock.now())

        with pytest.raises(later.TooLate, match="took it back"):
            later.undo(outgoing, by=cast.member, now=clock.now())


def test_message_without_a_draft_becomes_one_with_all_that_it_said(cast: Cast, server: OutgoingServer) -> None:
    file = AttachmentUpload("offer.pdf", "application/pdf", b"%PDF-1.7")
    outgoing = send(server, cast.member, text="Here it is.", html="<p>Here <b>it</b> is.</p>", attachments=(file,))

    with tenant_scope(cast.tenant.pk):
        draft = later.undo(outgoing, by=cast.member, now=clock.now())

        assert draft.author == cast.member
        assert draft.fields["to"] == "nina@customer.example"
        assert draft.fields["subject"] == "Your quote"
        assert "<b>it</b>" in draft.fields["body"]
        assert [one.filename for one in draft.attachments.all()] == ["offer.pdf"]


def test_undone_letter_is_sent_again_under_the_same_id(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    page = signed_in(cast.member)
    page.post(reverse("mailboxes:outgoing-undo", args=[outgoing.pk]))
    typed = {"letter_id": str(outgoing.pk), "server": str(server.pk), "to": "nina@customer.example"}

    response = page.post(
        reverse("mailboxes:compose"), typed | {"subject": "Your quote", "body": "Better so.", "revision": "1"}
    )

    assert response.status_code == 302, response.content.decode()
    with tenant_scope(cast.tenant.pk):
        [delivery] = Delivery.objects.all()
        assert delivery.outgoing_message_id == outgoing.pk


def test_page_after_sending_offers_to_undo_for_ten_seconds(
    cast: Cast, server: OutgoingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(cast.member)
    typed = {"letter_id": str(new_id()), "server": str(server.pk), "to": "nina@customer.example"}
    browser.post(reverse("mailboxes:compose"), typed | {"subject": "Your quote", "body": "Here it is."})

    at_once = browser.get(reverse("mailboxes:scheduled-list")).content.decode()
    later_on = clock.now() + timedelta(seconds=10)
    monkeypatch.setattr(clock, "now", lambda: later_on)
    afterwards = browser.get(reverse("mailboxes:scheduled-list")).content.decode()

    assert "data-undo-offer" in at_once
    assert "data-undo-offer" not in afterwards


def test_undoing_on_the_page_leads_to_the_draft(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)

    response = signed_in(cast.member).post(reverse("mailboxes:outgoing-undo", args=[outgoing.pk]), follow=True)

    assert "Here is the quote." in response.content.decode()
    assert draft_of(outgoing).sent_as_id is None


def test_undoing_too_late_says_so(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        claiming.claim(server, new_id(), now=clock.now() + timedelta(seconds=11), limit=10)

    response = signed_in(cast.member).post(reverse("mailboxes:outgoing-undo", args=[outgoing.pk]), follow=True)

    assert "It is too late: this message is on its way." in response.content.decode()


def test_undo_of_foreign_mail_is_not_found(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)

    response = signed_in(cast.stranger).post(reverse("mailboxes:outgoing-undo", args=[outgoing.pk]))

    assert response.status_code == 404
    assert not is_gone(outgoing)


def test_held_message_shows_its_countdown_and_undo_to_its_author_only(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member)
    url = reverse("mailboxes:delivery-list", args=[outgoing.pk])

    for_author = signed_in(cast.member).get(url).content.decode()
    for_owner = signed_in(cast.owner).get(url).content.decode()

    assert "data-countdown" in for_author
    assert "data-countdown" in for_owner
    assert "Undo" in for_author
    assert "Undo" not in for_owner


def test_message_leaves_dated_when_it_leaves_and_not_when_send_was_clicked(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send_with_draft(server, cast.member, now=NOW)

    with tenant_scope(cast.tenant.pk):
        mail = message_from_bytes(outgoing.raw())

    assert f"{NOW + timedelta(seconds=10):%H:%M:%S}" in mail["Date"]


def test_follow_up_of_a_held_letter_does_not_answer_it(cast: Cast, server: OutgoingServer) -> None:
    held = schedule(server, cast.member)
    follow_up = send(server, cast.member, conversation=held.conversation)

    with tenant_scope(cast.tenant.pk):
        mail = message_from_bytes(follow_up.raw())

    # Nobody has what it would answer, and perhaps nobody ever gets it.
    assert mail["In-Reply-To"] is None


def test_automatic_mail_is_not_taken_back(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        type(outgoing).objects.update(origin="automatic")

        with pytest.raises(later.TooLate, match="by itself"):
            later.undo(outgoing.refreshed(), by=cast.member, now=clock.now())


def test_failed_message_is_copied_into_a_new_letter(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        outgoing.deliveries.update(state=Delivery.State.FAILED)

    response = signed_in(cast.owner).post(reverse("mailboxes:outgoing-copy", args=[outgoing.pk]), follow=True)

    assert "Here is the quote." in response.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert Draft.objects.get().author == cast.owner
        assert not is_gone(outgoing)


def test_server_that_works_again_leaves_alone_what_is_for_later(cast: Cast, server: OutgoingServer) -> None:
    held, scheduled = send_with_draft(server, cast.member), schedule(server, cast.member)

    with tenant_scope(cast.tenant.pk):
        outbox.make_due(server, now=clock.now())
        outbox.try_again(server, now=clock.now())

        for outgoing in (held, scheduled):
            assert outgoing.deliveries.get().not_before == outgoing.send_at
