"""What a mailbox would make of a mail, with nothing written (SPEC I7)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import reverse

from mailboxes.models import Conversation, DiscardFilter
from mailboxes.rehearsing import rehearse
from mailhub import clock
from mailhub.tenancy.rows import TenantModel
from mailhub.tenancy.scope import tenant_scope, unscoped
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.matching import CUSTOMER, receive, receive_raw, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(settings: Any, tmp_path: Path) -> Cast:
    """A cast with a storage of its own, in which no other test writes."""
    backend = settings.STORAGES["default"]["BACKEND"]
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path)}}}
    return make_cast()


def _mail(**fields: str) -> bytes:
    head = {"From": CUSTOMER, "To": "box@acme.example", "Subject": "Re: Your quote", **fields}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in head.items()]
    return ("\r\n".join(lines) + "\r\n\r\nThanks.\r\n").encode()


def _tenant_models(of: type[models.Model] = TenantModel) -> Iterator[type[models.Model]]:
    for model in of.__subclasses__():
        if not model._meta.abstract:
            yield model
        yield from _tenant_models(model)


def _row_counts() -> dict[str, int]:
    with unscoped("the test counts the rows of every table"):
        return {model._meta.label: model._base_manager.count() for model in _tenant_models()}


def _files() -> set[Path]:
    return set(Path(default_storage.path("")).rglob("*"))


def test_it_says_which_conversation_a_reply_would_join_and_writes_nothing(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)
        before, files = _row_counts(), _files()
        summary = Conversation.objects.values().get()

        found = rehearse(cast.mailbox, _mail(In_Reply_To=f"<{sent.message_id}>"), now=clock.now())

        assert found.joins is not None
        assert found.joins.pk == sent.conversation_id
        assert found.certainty is not None
        assert found.certainty.words == "Matched: In-Reply-To · sure"
        assert [one.values for one in found.sought] == [(f"<{sent.message_id}>",)]
        assert "Conversation" in [one.title for one in found.steps]
        assert _row_counts() == before
        assert _files() == files
        assert Conversation.objects.values().get() == summary


def test_a_bounce_that_would_be_noted_notes_nothing(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)
        before = _row_counts()
        bounce = (
            f"From: MAILER-DAEMON@mx.example\r\nTo: {sent.from_address}\r\nSubject: Undelivered\r\n"
            'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example"
            f"\r\n\r\nFinal-Recipient: rfc822; {CUSTOMER}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{sent.message_id}>\r\n\r\n--b--\r\n"
        ).encode()

        found = rehearse(cast.mailbox, bounce, now=clock.now())

        reports = next(one for one in found.steps if one.title == "Reports on what we sent")
        assert reports.lines == (f"Would be noted of {CUSTOMER}.",)
        assert _row_counts() == before


def test_what_a_filter_discards_is_in_no_conversation(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        DiscardFilter.objects.create(
            tenant=cast.tenant,
            mailbox=cast.mailbox,
            position=1,
            field=DiscardFilter.Field.SUBJECT,
            operator=DiscardFilter.Operator.CONTAINS,
            value="quote",
            created_at=clock.now(),
        )

        found = rehearse(cast.mailbox, _mail(), now=clock.now())

        assert found.state == "Discarded"
        assert not found.opens
        assert found.steps[-1].title == "Discard filters"


def test_a_mail_that_is_here_already_is_found(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        known = receive_raw(cast.mailbox, _mail())

        found = rehearse(cast.mailbox, _mail(), now=clock.now())

        assert found.known == known


def test_a_step_that_fails_is_shown_with_its_traceback(cast: Cast, settings: Any) -> None:
    settings.PIPELINES = {**settings.PIPELINES, "received": ("tests.mailboxes.test_rehearsing.fail",)}
    with tenant_scope(cast.tenant.pk):
        found = rehearse(cast.mailbox, _mail(), now=clock.now())

    assert "ZeroDivisionError" in found.failure
    assert found.steps[-1].title == "Set aside"


def fail(_received: object) -> object:
    return 1 // 0


def test_an_administrator_sees_what_would_happen_to_an_upload(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        sent = send(cast)
    raw = _mail(In_Reply_To=f"<{sent.message_id}>", X_Mischief="<script>alert(1)</script>")
    before, files = _row_counts(), _files()

    response = signed_in(cast.owner).post(
        reverse("mailboxes:message-inspect"),
        {"file": SimpleUploadedFile("mail.eml", raw), "mailbox": str(cast.mailbox.pk)},
    )

    page = response.content.decode()
    assert response.status_code == 200
    assert "It would join" in page
    assert "Matched: In-Reply-To · sure" in page
    assert CUSTOMER in page
    assert _row_counts() == before
    assert _files() == files


def test_pasted_source_is_explained_without_a_mailbox_and_escaped(cast: Cast) -> None:
    raw = _mail(Subject='"><img src=x onerror=alert(1)>', Content_Type="text/html") + b"<img src=x onerror=alert(1)>"

    response = signed_in(cast.owner).post(reverse("mailboxes:message-inspect"), {"source": raw.decode()})

    page = response.content.decode()
    assert response.status_code == 200
    assert "What it is" in page
    assert "<img" not in page


@pytest.mark.parametrize(
    ("form", "words"),
    [({}, "Choose a file"), ({"source": "  "}, "Choose a file"), ({"source": "x", "mailbox": "x"}, "not a valid")],
)
def test_what_cannot_be_explained_is_refused_in_words(cast: Cast, form: dict[str, str], words: str) -> None:
    response = signed_in(cast.owner).post(reverse("mailboxes:message-inspect"), form)

    assert response.status_code == 422
    assert words in response.content.decode()


def test_a_mailbox_of_another_account_is_no_choice(cast: Cast) -> None:
    form = {"source": _mail().decode(), "mailbox": str(cast.other_mailbox.pk)}

    response = signed_in(cast.owner).post(reverse("mailboxes:message-inspect"), form)

    assert response.status_code == 422
    assert "Sales" not in response.content.decode()


def test_members_explain_nothing(cast: Cast) -> None:
    assert signed_in(cast.member).get(reverse("mailboxes:message-inspect")).status_code == 403


def test_the_steps_of_a_message_are_those_that_were_rehearsed(cast: Cast) -> None:
    with tenant_scope(cast.tenant.pk):
        raw = _mail()
        rehearsed = [one.title for one in rehearse(cast.mailbox, raw, now=clock.now()).steps]
        message = receive(cast.mailbox, CUSTOMER)

    page = signed_in(cast.member).get(reverse("mailboxes:message-why", args=[message.pk])).content.decode()

    places = [page.index(f'<span class="trace-step">{title}</span>') for title in rehearsed]
    assert places == sorted(places)
