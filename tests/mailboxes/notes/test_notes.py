"""Notes: who reads them, who is told, and that no correspondent ever gets one."""

import pytest
from django.test import Client
from django.urls import reverse

from mailboxes.models import Conversation, MailboxAccess, Mention, Note, Notification
from mailboxes.notes import writing
from mailboxes.notes.writing import NoteRefused
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

HTMX = {"HX-Request": "true"}


def _conversation(cast: Cast) -> Conversation:
    return conversation_of(receive(cast.mailbox, make_raw()))


def _note(conversation: Conversation, author: Membership, text: str = "Call her first.") -> Note:
    with tenant_scope(conversation.tenant_id):
        return writing.write_note(conversation, text, author=author, now=clock.now()).note


def _post(browser: Client, name: str, row: object, **fields: str) -> tuple[int, str]:
    answer = browser.post(reverse(f"mailboxes:{name}", args=[row]), fields, headers=HTMX)
    return answer.status_code, answer.content.decode()


def test_a_note_stands_in_the_conversation_and_is_no_message(cast: Cast) -> None:
    conversation = _conversation(cast)

    status, answer = _post(signed_in(cast.member), "conversation-note", conversation.pk, text="Call <b>her</b> first.")
    page = signed_in(cast.owner).get(reverse("mailboxes:conversation-detail", args=[conversation.pk])).content.decode()

    assert status == 200
    for html in (answer, page):
        assert "Call &lt;b&gt;her&lt;/b&gt; first." in html
        assert 'class="note"' in html
    with tenant_scope(cast.tenant.pk):
        assert conversation.refreshed().message_count == 1


def test_a_form_that_is_sent_twice_leaves_one_note_and_tells_once(cast: Cast) -> None:
    conversation = _conversation(cast)
    text = f"@{cast.owner.user.name} look"

    for _time in range(2):
        status, _answer = _post(signed_in(cast.member), "conversation-note", conversation.pk, text=text)
        assert status == 200

    with tenant_scope(cast.tenant.pk):
        assert [one.text for one in Note.objects.filter(conversation=conversation)] == [text]
        assert Notification.objects.filter(recipient=cast.owner).count() == 1


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", '"><svg onload=alert(1)>', "javascript:alert(1)"],
)
def test_nothing_in_a_note_is_markup(cast: Cast, text: str) -> None:
    conversation = _conversation(cast)
    _note(conversation, cast.member, text)

    page = signed_in(cast.owner).get(reverse("mailboxes:conversation-detail", args=[conversation.pk])).content.decode()

    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert "<svg onload" not in page
    assert 'href="javascript' not in page


def test_who_is_named_is_told_once(cast: Cast) -> None:
    conversation = _conversation(cast)
    note = _note(conversation, cast.owner, f"@{cast.member.user.name} please")

    with tenant_scope(cast.tenant.pk):
        writing.change_note(note, f"@{cast.member.user.name} please, today", author=cast.owner, now=clock.now())

        assert Mention.objects.get().membership == cast.member
        assert Notification.objects.get().kind == Notification.Kind.MENTIONED


def test_who_may_not_see_the_mailbox_is_not_named_and_the_author_hears_of_it(cast: Cast) -> None:
    conversation = conversation_of(receive(cast.hidden_mailbox, make_raw()))
    text = f"@{cast.member.user.name} please"

    _status, answer = _post(signed_in(cast.owner), "conversation-note", conversation.pk, text=text)

    assert "nobody was told" in answer
    with tenant_scope(cast.tenant.pk):
        assert not Mention.objects.exists()
        assert not Notification.objects.exists()


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 20_001])
def test_what_is_refused_comes_back_with_the_reason(cast: Cast, text: str) -> None:
    conversation = _conversation(cast)

    status, answer = _post(signed_in(cast.member), "conversation-note", conversation.pk, text=text)

    assert status == 422
    assert 'role="alert"' in answer
    assert text.strip() in answer


def test_one_changes_and_deletes_ones_own_alone(cast: Cast) -> None:
    note = _note(_conversation(cast), cast.member)

    by_other = [_post(signed_in(cast.owner), name, note.pk, text="No.")[0] for name in ("note-edit", "note-delete")]
    status, answer = _post(signed_in(cast.member), "note-edit", note.pk, text="Write to her.")
    with tenant_scope(cast.tenant.pk):
        changed = note.refreshed()
    gone, _html = _post(signed_in(cast.member), "note-delete", note.pk)

    assert by_other == [404, 404]
    assert (status, gone) == (200, 200)
    assert "Write to her." in answer
    assert changed.changed_at is not None
    with tenant_scope(cast.tenant.pk):
        assert not Note.objects.exists()


def test_nobody_reads_a_note_of_a_mailbox_that_is_not_theirs(cast: Cast) -> None:
    note = _note(conversation_of(receive(cast.hidden_mailbox, make_raw())), cast.owner)

    for person in (cast.member, cast.stranger):
        for name in ("note-detail", "note-edit"):
            assert signed_in(person).get(reverse(f"mailboxes:{name}", args=[note.pk])).status_code == 404


def test_whoever_lost_the_mailbox_loses_their_notes_there(cast: Cast) -> None:
    note = _note(_conversation(cast), cast.member)
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

    status, _html = _post(signed_in(cast.member), "note-edit", note.pk, text="Changed")

    assert status == 404


def test_those_offered_behind_the_at_sign_may_see_the_mailbox(cast: Cast) -> None:
    hidden = conversation_of(receive(cast.hidden_mailbox, make_raw()))
    shared = _conversation(cast)

    def names(conversation: Conversation) -> list[str]:
        url = reverse("mailboxes:conversation-colleagues", args=[conversation.pk])
        return [one["name"] for one in signed_in(cast.owner).get(url).json()["colleagues"]]

    assert names(shared) == [str(cast.member.user)]
    assert names(hidden) == []


def test_only_its_author_changes_a_note_whatever_the_caller_says(cast: Cast) -> None:
    note = _note(_conversation(cast), cast.member)

    with tenant_scope(cast.tenant.pk), pytest.raises(NoteRefused):
        writing.change_note(note, "Changed", author=cast.owner, now=clock.now())
