"""Attachments and originals leave as downloads, whatever they claim to be (SECURITY TC3)."""

import io
import zipfile
from typing import Any

import pytest
from django.urls import reverse

from mailboxes.models import Attachment, MailboxAccess, OutgoingMessage
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, signed_in
from tests.mailboxes.mail.factories import PNG, make_raw, receive, send


def _download(cast: Cast, content: bytes, content_type: str, filename: str) -> Any:
    mail = make_raw()
    maintype, _slash, subtype = content_type.partition("/")
    mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=filename)
    message = receive(cast.mailbox, mail)
    with tenant_scope(cast.tenant.pk):
        attachment = Attachment.objects.get(message=message)
    return signed_in(cast.member).get(reverse("mailboxes:attachment-download", args=[attachment.pk]))


@pytest.mark.parametrize(
    ("content", "content_type", "filename"),
    [
        (b"<svg onload=alert(1)>", "image/svg+xml", "x.svg"),
        (b"<script>alert(1)</script>", "text/html", "x.html"),
        (b"<html><script>alert(1)</script>", "image/png", "x.png"),
        (b"%!PS", "application/x-unheard-of", "x.bin"),
    ],
)
def test_dangerous_attachment_is_an_unnamed_download(
    cast: Cast, content: bytes, content_type: str, filename: str
) -> None:
    response = _download(cast, content, content_type, filename)

    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
    assert response.content == content


def test_picture_keeps_its_type_and_is_a_download_still(cast: Cast) -> None:
    response = _download(cast, PNG, "image/png", "photo.png")

    assert response["Content-Type"] == "image/png"
    assert response["Content-Disposition"] == 'attachment; filename="photo.png"'


@pytest.mark.parametrize(
    "filename", ["../../etc/cron.d/x", "x\u202egpj.exe", "a" * 10_000 + ".pdf", 'quo"te.pdf', "Rechnung für März.pdf"]
)
def test_file_name_is_cleaned_and_stays_one_header(cast: Cast, filename: str) -> None:
    header = _download(cast, b"x", "application/pdf", filename)["Content-Disposition"]

    assert header.startswith("attachment; filename")
    assert "/" not in header
    assert "\u202e" not in header
    assert "%E2%80%AE" not in header
    assert len(header) < 700


def test_line_break_in_a_file_name_adds_no_header(cast: Cast) -> None:
    raw = make_raw().as_bytes().replace(b"Content-Type: text/plain", b"Content-Type: application/pdf", 1)
    raw = raw.replace(
        b"\r\n\r\n", b"\r\nContent-Disposition: attachment; filename*=utf-8''a%0D%0AX-Evil:%201.txt\r\n\r\n", 1
    )
    message = receive(cast.mailbox, raw)
    with tenant_scope(cast.tenant.pk):
        attachment = Attachment.objects.get(message=message)

    response = signed_in(cast.member).get(reverse("mailboxes:attachment-download", args=[attachment.pk]))

    assert response.status_code == 200
    assert "X-Evil" not in response.headers
    assert "\n" not in response["Content-Disposition"]


def test_declared_type_is_shown_escaped(cast: Cast) -> None:
    raw = (
        make_raw()
        .as_bytes()
        .replace(
            b'Content-Type: text/plain; charset="utf-8"',
            b'Content-Type: text/html"><script>alert(1)</script>; name=x.bin',
        )
    )
    message = receive(cast.mailbox, raw)

    page = signed_in(cast.member).get(reverse("mailboxes:message-detail", args=[message.pk])).content.decode()

    assert "<script>alert" not in page


def test_original_of_a_message_is_byte_equal(cast: Cast) -> None:
    raw = make_raw(subject="A\u202eB / C").as_bytes()
    message = receive(cast.mailbox, raw)

    response = signed_in(cast.member).get(reverse("mailboxes:message-raw", args=[message.pk]))

    assert response.content == raw
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]


def test_original_of_security_mail_is_shown_to_nobody(cast: Cast, server: OutgoingServer) -> None:
    outgoing = send(server, cast.owner)
    url = reverse("mailboxes:outgoing-raw", args=[outgoing.pk])
    browser = signed_in(cast.owner)
    assert browser.get(url).status_code == 200

    with tenant_scope(cast.tenant.pk):
        OutgoingMessage.objects.update(is_confidential=True)

    assert browser.get(url).status_code == 404
    page = browser.get(reverse("mailboxes:outgoing-detail", args=[outgoing.pk])).content.decode()
    assert "Here is the quote" not in page


def test_archives_and_winmail_are_kept_as_they_came_and_never_opened(cast: Cast) -> None:
    """SECURITY B039: a bomb of zeros, and a TNEF file whose attribute says that it holds four gigabytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    winmail = b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\xff\xff\xff\xff" + b"\0" * 20

    from_zip = _download(cast, packed.getvalue(), "application/zip", "bomb.zip")
    from_winmail = _download(cast, winmail, "application/ms-tnef", "winmail.dat")

    assert from_zip.content == packed.getvalue()
    assert from_winmail.content == winmail
    with tenant_scope(cast.tenant.pk):
        sizes = dict(Attachment.objects.values_list("filename", "size"))
    assert sizes == {"bomb.zip": len(packed.getvalue()), "winmail.dat": len(winmail)}


def test_attachment_is_gone_for_whoever_may_not_use_the_mailbox_any_more(cast: Cast) -> None:
    """SECURITY B040; attachments of others are walked by tests/walls."""
    mail = make_raw()
    mail.add_attachment(b"x", maintype="application", subtype="pdf", filename="list.pdf")
    message = receive(cast.mailbox, mail)
    with tenant_scope(cast.tenant.pk):
        url = reverse("mailboxes:attachment-download", args=[Attachment.objects.get(message=message).pk])
    browser = signed_in(cast.member)
    assert browser.get(url).status_code == 200

    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.filter(membership=cast.member).delete()

    assert browser.get(url).status_code == 404
