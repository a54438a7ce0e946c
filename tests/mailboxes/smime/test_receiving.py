"""Signed and encrypted mail in the pipeline, in the database, and on the screen (SPEC M18)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import receiving
from mailboxes.models import CorrespondentCertificate, Mailbox, Message
from mailboxes.reopening import reopen
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.factories import PNG, conversation_of, make_raw, receive
from tests.mailboxes.smime.accounts import give_key, trust
from tests.mailboxes.smime.authority import NOW, Holder, authority, person, rsa_key
from tests.mailboxes.smime.openssl import ENTITY, HEADER, Openssl, mail_of
from tests.mailboxes.smime.test_encrypted import WITH_ATTACHMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def support(cast: Cast, example_ca: Holder) -> Holder:
    """The certificate of the address of the member's mailbox."""
    return person(example_ca, cast.mailbox.address, name="Support", key=rsa_key(2))


def test_encrypted_mail_is_shown_and_stays_encrypted_where_it_is_kept(
    cast: Cast, support: Holder, openssl: Openssl
) -> None:
    give_key(cast.owner, support)

    message = receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, support)), at=NOW)

    with tenant_scope(cast.tenant.pk):
        assert message.body.text == "The price is 40.\nAnna\n"
        assert b"price" not in message.raw()
    assert message.state == Message.State.RECEIVED
    assert message.smime["encryption"] == "decrypted"
    assert {"step": "open_smime", "did": "Encrypted; opened here."} in message.trace


def test_nothing_of_an_encrypted_text_stands_in_lists(cast: Cast, support: Holder, openssl: Openssl) -> None:
    give_key(cast.owner, support)

    message = receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, support)), at=NOW)

    assert message.snippet == "Encrypted mail"
    assert conversation_of(message).snippet == "Encrypted mail"


def test_a_key_of_another_account_opens_nothing(cast: Cast, support: Holder, openssl: Openssl) -> None:
    give_key(cast.stranger, support)

    message = receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, support)), at=NOW)

    with tenant_scope(cast.tenant.pk):
        assert message.body.text == ""
    assert message.smime["encryption"] == "no_key"


def test_a_key_whose_address_another_mailbox_uses_opens_nothing_here(
    cast: Cast, example_ca: Holder, openssl: Openssl
) -> None:
    directors = person(example_ca, cast.hidden_mailbox.address, key=rsa_key(3))
    give_key(cast.owner, directors)
    raw = mail_of(openssl.encrypt(ENTITY, directors))

    in_support, in_directors = receive(cast.mailbox, raw, at=NOW), receive(cast.hidden_mailbox, raw, at=NOW)

    assert in_support.smime["encryption"] == "no_key"
    assert in_directors.smime["encryption"] == "decrypted"


def test_a_key_whose_address_no_mailbox_uses_opens_mail_everywhere(
    cast: Cast, example_ca: Holder, openssl: Openssl
) -> None:
    alias = person(example_ca, "sales@acme.example", key=rsa_key(3))
    give_key(cast.owner, alias)

    message = receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, alias)), at=NOW)

    assert message.smime["encryption"] == "decrypted"


def test_a_key_of_an_address_that_the_mailbox_sends_from_opens_its_mail(
    cast: Cast, example_ca: Holder, openssl: Openssl
) -> None:
    make_outgoing(cast.mailbox, from_address="Help@Acme.example")
    helping = person(example_ca, "help@acme.example", key=rsa_key(3))
    give_key(cast.owner, helping)
    raw = mail_of(openssl.encrypt(ENTITY, helping))

    assert receive(cast.mailbox, raw, at=NOW).smime["encryption"] == "decrypted"
    assert receive(cast.hidden_mailbox, raw, at=NOW).smime["encryption"] == "no_key"


def test_attachments_of_an_encrypted_mail_are_downloaded_opened(cast: Cast, support: Holder, openssl: Openssl) -> None:
    give_key(cast.owner, support)
    message = receive(cast.mailbox, mail_of(openssl.encrypt(WITH_ATTACHMENT, support)), at=NOW)
    with tenant_scope(cast.tenant.pk):
        attachment = message.attachments.get()

    response = signed_in(cast.member).get(reverse("mailboxes:attachment-download", args=[attachment.pk]))

    assert attachment.filename == "offer.pdf"
    assert response.content == b"%PDF-1.4"


def test_pictures_inside_an_encrypted_mail_are_shown(cast: Cast, support: Holder, openssl: Openssl) -> None:
    give_key(cast.owner, support)
    mail = make_raw(text="See", html='<p>See <img src="cid:logo"></p>')
    html = mail.get_payload()[1]  # type: ignore[index]
    html.add_related(PNG, maintype="image", subtype="png", cid="<logo>")  # type: ignore[union-attr]
    message = receive(cast.mailbox, mail_of(openssl.encrypt(mail.as_bytes(), support)), at=NOW)

    frame = signed_in(cast.member).get(reverse("mailboxes:message-frame", args=[message.pk]))

    assert b"data:image/png;base64," in frame.content


def test_once_the_key_is_deleted_attachments_are_gone_and_the_text_stays(
    cast: Cast, support: Holder, openssl: Openssl
) -> None:
    identity = give_key(cast.owner, support)
    message = receive(cast.mailbox, mail_of(openssl.encrypt(WITH_ATTACHMENT, support)), at=NOW)
    with tenant_scope(cast.tenant.pk):
        attachment = message.attachments.get()
        identity.delete()
        reopen(message)
    member = signed_in(cast.member)

    download = member.get(reverse("mailboxes:attachment-download", args=[attachment.pk]))

    assert download.status_code == 404
    with tenant_scope(cast.tenant.pk):
        assert "offer" in message.refreshed().body.html


def test_mail_for_a_key_that_comes_later_is_opened_by_a_button(cast: Cast, support: Holder, openssl: Openssl) -> None:
    message = receive(cast.mailbox, mail_of(openssl.encrypt(WITH_ATTACHMENT, support)), at=NOW)
    give_key(cast.owner, support)
    member = signed_in(cast.member)
    page = member.get(reverse("mailboxes:message-detail", args=[message.pk]))

    answer = member.post(reverse("mailboxes:message-open-again", args=[message.pk]), follow=True)

    assert "Encrypted for a key that is not here" in page.content.decode()
    assert "Encrypted; opened here" in answer.content.decode()
    with tenant_scope(cast.tenant.pk):
        assert [one.filename for one in message.attachments.all()] == ["offer.pdf"]
        assert "offer" in message.refreshed().body.html


def test_only_who_may_read_a_message_has_it_opened_again(cast: Cast, support: Holder, openssl: Openssl) -> None:
    message = receive(cast.hidden_mailbox, mail_of(openssl.encrypt(ENTITY, support)), at=NOW)
    url = reverse("mailboxes:message-open-again", args=[message.pk])

    assert signed_in(cast.member).post(url).status_code == 404
    assert signed_in(cast.stranger).post(url).status_code == 404


def test_a_verified_signature_is_said_and_the_certificate_kept(
    cast: Cast, example_ca: Holder, anna: Holder, openssl: Openssl
) -> None:
    trust(cast.owner, example_ca)
    raw = mail_of(openssl.sign(ENTITY, anna))

    message = receive(cast.mailbox, raw, at=NOW)
    page = signed_in(cast.member).get(reverse("mailboxes:message-detail", args=[message.pk])).content.decode()

    assert "Signed by Anna Berg, verified by Example CA" in page
    assert anna.certificate.fingerprint in page
    with tenant_scope(cast.tenant.pk):
        kept = CorrespondentCertificate.objects.get()
    assert (kept.address, kept.name, kept.is_trusted, kept.is_pinned) == ("anna@example.com", "Anna Berg", True, False)
    assert kept.x509() == anna.certificate


def test_a_certificate_that_is_seen_again_is_kept_once(
    cast: Cast, example_ca: Holder, anna: Holder, openssl: Openssl
) -> None:
    for subject in ("First", "Second"):
        receive(cast.mailbox, mail_of(openssl.sign(ENTITY, anna), HEADER[0], f"Subject: {subject}"), at=NOW)
    trust(cast.owner, example_ca)

    receive(cast.mailbox, mail_of(openssl.sign(ENTITY, anna), HEADER[0], "Subject: Third"), at=NOW)

    with tenant_scope(cast.tenant.pk):
        assert CorrespondentCertificate.objects.get().is_trusted


@pytest.mark.parametrize("from_", ["Anna <anna@example.org>", "Anna <anna@example.com>"])
def test_a_certificate_that_proves_nothing_is_not_trusted(
    from_: str, cast: Cast, anna: Holder, openssl: Openssl
) -> None:
    trust(cast.owner, authority("Another CA"))

    receive(cast.mailbox, mail_of(openssl.sign(ENTITY, anna), f"From: {from_}", "Subject: x"), at=NOW)

    with tenant_scope(cast.tenant.pk):
        kept = list(CorrespondentCertificate.objects.values_list("is_trusted", flat=True))
    assert kept == ([False] if "example.com" in from_ else [])


def test_a_certificate_that_a_person_trusts_verifies_the_next_mail(cast: Cast, anna: Holder, openssl: Openssl) -> None:
    receive(cast.mailbox, mail_of(openssl.sign(ENTITY, anna)), at=NOW)
    with tenant_scope(cast.tenant.pk):
        kept = CorrespondentCertificate.objects.get()
    signed_in(cast.owner).post(reverse("mailboxes:correspondent-trust", args=[kept.pk]))

    message = receive(cast.mailbox, mail_of(openssl.sign(ENTITY, anna), HEADER[0], "Subject: Again"), at=NOW)

    assert message.smime["signature"] == "valid"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((b"price is 40", b"price is 90"), "The signature does not fit: the mail was changed on its way"),
        ((b"anna@example.com>", b"anna@example.net>"), "Signed by another address"),
    ],
)
def test_a_signature_that_does_not_hold_is_said(
    change: tuple[bytes, bytes], words: str, cast: Cast, example_ca: Holder, anna: Holder, openssl: Openssl
) -> None:
    trust(cast.owner, example_ca)
    raw = mail_of(openssl.sign(ENTITY, anna)).replace(*change)

    message = receive(cast.mailbox, raw, at=NOW)
    page = signed_in(cast.member).get(reverse("mailboxes:message-detail", args=[message.pk]))

    assert words in page.content.decode()


def test_a_bounce_or_an_answer_inside_encryption_is_matched_by_its_outer_header(
    cast: Cast, support: Holder, openssl: Openssl
) -> None:
    give_key(cast.owner, support)
    first = receive(cast.mailbox, make_raw(from_="Anna Berg <anna@example.com>"), at=NOW)
    answer = mail_of(
        openssl.encrypt(ENTITY, support),
        *HEADER[:4],
        "Message-ID: <answer@example.com>",
        f"In-Reply-To: <{first.message_id}>",
    )

    message = receive(cast.mailbox, answer, at=NOW)

    assert message.conversation_id == first.conversation_id


def test_ordinary_mail_asks_for_no_certificates(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as queries:
        receive(cast.mailbox, make_raw(), at=NOW)

    tables = ("signingidentity", "trustedauthority", "correspondentcertificate")
    assert not [one for one in queries.captured_queries if any(table in one["sql"] for table in tables)]


def test_a_window_of_signed_mail_looks_certificates_up_once(
    cast: Cast, example_ca: Holder, anna: Holder, openssl: Openssl
) -> None:
    trust(cast.owner, example_ca)
    signed = openssl.sign(ENTITY, anna)
    with tenant_scope(cast.tenant.pk):
        for number in range(5):
            _store(cast.mailbox, mail_of(signed, HEADER[0], f"Subject: Number {number}"))
        with CaptureQueriesContext(connection) as queries:
            receiving.receive_waiting(cast.mailbox.pk, now=lambda: NOW)

    authorities = [one for one in queries.captured_queries if 'FROM "mailboxes_trustedauthority"' in one["sql"]]
    assert len(authorities) == 1


def _store(mailbox: Mailbox, raw: bytes, **values: str) -> None:
    Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=blobs.put(mailbox.tenant_id, raw),
        size=len(raw),
        stored_at=NOW,
        received_at=NOW,
        **values,
    )


@pytest.mark.parametrize(("text", "state"), [(ENTITY, Message.State.OWN_COPY), (ENTITY * 2, Message.State.RECEIVED)])
def test_an_encrypted_copy_of_a_mail_to_ourselves_is_known_by_its_content(
    text: bytes, state: Message.State, cast: Cast, support: Holder, openssl: Openssl
) -> None:
    give_key(cast.owner, support)
    receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, support)), at=NOW)
    with tenant_scope(cast.tenant.pk):
        _store(cast.mailbox, mail_of(openssl.encrypt(text, support)), folder_role="sent")
        receiving.receive_waiting(cast.mailbox.pk, now=lambda: NOW)

        assert Message.objects.get(folder_role="sent").state == state
