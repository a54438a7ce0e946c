"""Drafts on the server: one person's alone, one for each place, and a letter is made of them once."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from mailboxes import sweeping
from mailboxes.drafts import keeping
from mailboxes.models import (
    BlindCopyAddress,
    Conversation,
    Draft,
    DraftAttachment,
    MailboxAccess,
    OutgoingMessage,
)
from mailboxes.reading import newest_id
from mailboxes.writing import later
from mailhub import clock
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

SAVE = "mailboxes:draft-save"


def _values(server: OutgoingServer, **changes: object) -> dict[str, object]:
    values: dict[str, object] = {
        "letter_id": str(new_id()),
        "kind": "new",
        "server": str(server.pk),
        "to": "nina@customer.example",
        "body": "<p>Half a thought</p>",
        "body_format": "html",
        "page": str(new_id()),
        "count": "1",
        "revision": "0",
    }
    return values | changes


def _replying(server: OutgoingServer, conversation: Conversation, **changes: object) -> dict[str, object]:
    return _values(server, kind="reply", conversation=str(conversation.pk), **changes)


def _save(browser: Client, values: dict[str, object], status: int = 200) -> Any:
    response = browser.post(reverse(SAVE), values)
    assert response.status_code == status
    return json.loads(response.content) if response["Content-Type"] == "application/json" else None


def _drafts(cast: Cast) -> list[Draft]:
    with tenant_scope(cast.tenant.pk):
        return list(Draft.objects.order_by("created_at"))


def test_draft_is_kept_sealed_and_found_in_the_list(cast: Cast, server: OutgoingServer) -> None:
    browser = signed_in(cast.member)

    said = _save(browser, _values(server, subject="Offer", to="nobody yet"))

    (draft,) = _drafts(cast)
    assert said["revision"] == 1
    assert b"Half a thought" not in bytes(draft.sealed_fields)
    page = browser.get(reverse("mailboxes:draft-list")).content.decode()
    assert "Half a thought" in page
    assert "nobody yet" in page
    assert "Half a thought" in browser.get(said["url"]).content.decode()


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_draft_is_nobody_elses(cast: Cast, server: OutgoingServer, who: str) -> None:
    values = _values(server)
    _save(signed_in(cast.member), values)
    (draft,) = _drafts(cast)
    other = signed_in(getattr(cast, who))

    assert other.get(reverse("mailboxes:draft-open", args=[draft.pk])).status_code == 404
    assert other.post(reverse("mailboxes:draft-discard", args=[draft.pk])).status_code == 404
    assert "Half a thought" not in other.get(reverse("mailboxes:draft-list")).content.decode()
    other.post(reverse(SAVE), values | {"letter_id": str(draft.pk), "body": "Mine now"})
    assert _drafts(cast)[0].fields["body"] == "<p>Half a thought</p>"


def test_draft_is_not_found_once_the_mailbox_is_taken_away(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    browser = signed_in(cast.member)
    values = _replying(server, conversation)
    said = _save(browser, values)
    (draft,) = _drafts(cast)
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.filter(membership=cast.member).delete()

    answers = [
        browser.get(said["url"]),
        browser.get(reverse("mailboxes:draft-open", args=[draft.pk])),
        browser.post(reverse(SAVE), values | {"revision": "1"}),
        browser.post(said["attach"], {"attachments": SimpleUploadedFile("a.txt", b"words")}),
        browser.post(reverse("mailboxes:conversation-reply", args=[conversation.pk]), values),
    ]

    assert [one.status_code for one in answers] == [404] * 5
    assert "Half a thought" not in browser.get(reverse("mailboxes:draft-list")).content.decode()
    with tenant_scope(cast.tenant.pk):
        assert not OutgoingMessage.objects.exists()


def test_second_page_that_answers_the_same_conversation_is_told(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    browser = signed_in(cast.member)
    _save(browser, _replying(server, conversation, body="First words"))

    said = _save(browser, _replying(server, conversation, body="Other words"), status=409)

    (draft,) = _drafts(cast)
    assert draft.fields["body"] == "First words"
    assert said["fields"]["body"] == "First words"
    assert said["letter_id"] == str(draft.pk)

    keeps = _replying(server, conversation, body="Other words", letter_id=said["letter_id"], revision=said["revision"])
    _save(browser, keeps)
    assert _drafts(cast)[0].fields["body"] == "Other words"


def test_saving_of_the_same_page_that_was_overtaken_changes_nothing(cast: Cast, server: OutgoingServer) -> None:
    browser, values = signed_in(cast.member), _values(server)
    _save(browser, values | {"count": "2", "body": "All words"})

    _save(browser, values | {"count": "1", "body": "All"})

    assert _drafts(cast)[0].fields["body"] == "All words"


def test_letter_of_a_draft_is_sent_once_with_its_files_and_saved_no_more(cast: Cast, server: OutgoingServer) -> None:
    browser, values = signed_in(cast.member), _values(server, subject="Offer")
    said = _save(browser, values)
    browser.post(said["attach"], {"attachments": SimpleUploadedFile("offer.pdf", b"%PDF", "application/pdf")})
    letter = values | {"revision": said["revision"], "bcc": "secret@x.example"}

    first = browser.post(reverse("mailboxes:compose"), letter)
    second = browser.post(reverse("mailboxes:compose"), letter)

    assert first["Location"] == second["Location"]
    with tenant_scope(cast.tenant.pk):
        outgoing = OutgoingMessage.objects.get()
        assert Draft.objects.get().sent_as == outgoing
        assert "secret@x.example" in [one.recipient for one in outgoing.deliveries.all()]
    assert outgoing.attachment_names == ["offer.pdf"]
    assert b"secret@x.example" not in outgoing.raw()
    assert _save(browser, values | {"body": "More"}, status=409)["is_sent"]
    assert "Half a thought" not in browser.get(reverse("mailboxes:draft-list")).content.decode()


def test_sending_from_a_page_that_has_not_seen_the_newest_words_is_refused_once(
    cast: Cast, server: OutgoingServer
) -> None:
    browser, values = signed_in(cast.member), _values(server)
    _save(browser, values)
    _save(browser, values | {"count": "2", "body": "New words", "page": str(new_id()), "revision": "1"})
    stale = values | {"revision": "1"}

    refused = browser.post(reverse("mailboxes:compose"), stale)

    assert refused.status_code == 422
    assert "You changed this letter on another page since." in refused.content.decode()
    again = stale | {"revision": refused.context["composer"].form["revision"].value()}
    assert browser.post(reverse("mailboxes:compose"), again).status_code == 302


def test_discarded_draft_comes_back_with_its_files(cast: Cast, server: OutgoingServer) -> None:
    browser = signed_in(cast.member)
    said = _save(browser, _values(server))
    browser.post(said["attach"], {"attachments": SimpleUploadedFile("a.txt", b"words")})
    (draft,) = _drafts(cast)

    browser.post(said["discard"])
    assert _drafts(cast) == []
    restore = reverse("mailboxes:draft-restore", args=[draft.pk])
    assert signed_in(cast.owner).post(restore).status_code == 404
    browser.post(restore)

    assert _drafts(cast)[0].fields["body"] == "<p>Half a thought</p>"
    with tenant_scope(cast.tenant.pk):
        assert DraftAttachment.objects.get().filename == "a.txt"


def test_discarded_draft_comes_back_although_its_conversation_and_its_server_are_gone(
    cast: Cast, server: OutgoingServer
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    browser = signed_in(cast.member)
    said = _save(browser, _replying(server, conversation))
    (draft,) = _drafts(cast)
    browser.post(said["discard"])
    with tenant_scope(cast.tenant.pk):
        conversation.delete()
        server.delete()
    make_outgoing(cast.mailbox)

    page = browser.post(reverse("mailboxes:draft-restore", args=[draft.pk]), follow=True)

    assert page.status_code == 200
    assert "Half a thought" in page.content.decode()


def test_files_of_a_draft_are_downloads_of_its_author_alone(cast: Cast, server: OutgoingServer) -> None:
    browser = signed_in(cast.member)
    said = _save(browser, _values(server))
    page = browser.post(said["attach"], {"attachments": SimpleUploadedFile("x.html", b"<script>", "text/html")})
    with tenant_scope(cast.tenant.pk):
        url = reverse("mailboxes:draft-attachment-download", args=[DraftAttachment.objects.get().pk])

    response = browser.get(url)

    assert url in page.content.decode()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert signed_in(cast.owner).get(url).status_code == 404


def test_sweep_spares_the_files_of_drafts(cast: Cast, server: OutgoingServer) -> None:
    browser = signed_in(cast.member)
    said = _save(browser, _values(server))
    browser.post(said["attach"], {"attachments": SimpleUploadedFile("a.txt", b"words")})

    with tenant_scope(cast.tenant.pk):
        sweeping.remove_orphans(now=clock.now() + 2 * sweeping.ORPHAN_AGE)
        digest = DraftAttachment.objects.get().sha256

    assert blobs.get(cast.tenant.pk, digest) == b"words"


def test_draft_of_a_letter_goes_when_it_cannot_be_undone_any_more(cast: Cast, server: OutgoingServer) -> None:
    signed_in(cast.member).post(reverse("mailboxes:compose"), _values(server))

    with tenant_scope(cast.tenant.pk):
        assert keeping.forget_sent(now=clock.now()) == 0
        keeping.forget_sent(now=clock.now() + 2 * keeping.KEPT_AFTER_SENDING)
        assert not Draft.objects.exists()


def test_saving_costs_the_same_whatever_the_number_of_drafts(
    cast: Cast, server: OutgoingServer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = signed_in(cast.member)
    for _number in range(5):
        _save(browser, _values(server))

    with django_assert_max_num_queries(20):
        _save(browser, _values(server))
    with django_assert_max_num_queries(16):
        browser.get(reverse("mailboxes:draft-list"))


def test_what_is_said_of_a_letter_names_what_is_missing(cast: Cast, server: OutgoingServer) -> None:
    values = _values(server, body="<p>Dear {{ contact_first_name }}, see the attached offer.</p>")

    page = signed_in(cast.member).post(reverse("mailboxes:letter-check"), values).content.decode()

    assert "no file is" in page
    assert "contact_first_name" in page


@pytest.mark.parametrize("to", ["nobody", "nina@customer.example, nobody", "\0", "x" * 60_000])
def test_what_is_said_of_a_letter_stays_while_a_recipient_is_wrong(cast: Cast, server: OutgoingServer, to: str) -> None:
    with tenant_scope(cast.tenant.pk):
        BlindCopyAddress.objects.create(
            tenant=cast.tenant, mailbox=cast.mailbox, address="copies@acme.example", created_at=clock.now()
        )
    browser = signed_in(cast.member)

    checked = browser.post(reverse("mailboxes:letter-check"), _values(server, to=to))
    refused = browser.post(reverse("mailboxes:compose"), _values(server, to=to))

    assert "A copy goes to copies@acme.example" in checked.content.decode()
    assert "A copy goes to copies@acme.example" in refused.content.decode()
    assert refused.context["composer"].form.errors["to"]


def test_number_of_a_form_never_names_the_draft_of_somebody_else(cast: Cast, server: OutgoingServer) -> None:
    _save(signed_in(cast.member), _values(server))
    (draft,) = _drafts(cast)

    with tenant_scope(cast.tenant.pk):
        own = keeping.id_of(draft.pk, author=cast.member)
        others = keeping.id_of(draft.pk, author=cast.owner)

    assert own == draft.pk
    assert others == uuid.uuid5(cast.owner.pk, str(draft.pk))


def test_letter_whose_draft_could_not_be_put_away_has_not_left(cast: Cast, server: OutgoingServer) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    browser = signed_in(cast.member)
    browser.raise_request_exception = False
    url = reverse("mailboxes:conversation-reply", args=[conversation.pk])
    letter = _replying(server, conversation, closes="on", answers="", seen=_newest(conversation))

    with connection.execute_wrapper(_fails_at('SET "sent_as_id"')):
        assert browser.post(url, letter).status_code == 500

    with tenant_scope(cast.tenant.pk):
        assert not OutgoingMessage.objects.exists()
        assert conversation.refreshed().status == Conversation.Status.OPEN
        assert Draft.objects.unsent().count() == 1

    assert browser.post(url, letter).status_code == 302
    with tenant_scope(cast.tenant.pk):
        assert Draft.objects.get().sent_as == OutgoingMessage.objects.get()
        assert conversation.refreshed().status == Conversation.Status.CLOSED


def test_form_that_comes_once_more_does_not_send_what_was_undone(cast: Cast, server: OutgoingServer) -> None:
    browser, letter = signed_in(cast.member), _values(server)
    browser.post(reverse("mailboxes:compose"), letter)
    with tenant_scope(cast.tenant.pk):
        later.undo(OutgoingMessage.objects.get(), by=cast.member, now=clock.now())

    again = browser.post(reverse("mailboxes:compose"), letter)

    assert again.status_code == 422
    assert "Nothing was sent yet" in again.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert not OutgoingMessage.objects.exists()
        assert Draft.objects.get().fields["body"] == "<p>Half a thought</p>"


def _newest(conversation: Conversation) -> str:
    with tenant_scope(conversation.tenant_id):
        return newest_id(conversation)


def _fails_at(fragment: str) -> Callable[..., Any]:
    """Let each statement with these words fail, as where the connection breaks before it."""

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if fragment in sql:
            raise OperationalError("The connection was lost.")
        return run(sql, params, many, context)

    return execute
