"""Letters that leave signed and encrypted: what is stored and shown, and that nothing leaves in clear (SPEC M18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mailboxes import receiving, searching, writing
from mailboxes.addresses import Address
from mailboxes.composing import AttachmentUpload, CompositionRefused
from mailboxes.models import (
    BlindCopyAddress,
    Conversation,
    Mailbox,
    Message,
    OutgoingMessage,
    SigningIdentity,
)
from mailboxes.openers import Closed, open_sent
from mailboxes.parsing import attachment_content
from mailboxes.reading import Look, timeline
from mailboxes.smime.sent import SentSmime
from mailboxes.writing import rewriting
from mailhub.lib.ids import new_id
from mailhub.tenancy import blobs
from mailhub.tenancy.scope import tenant_scope
from servers.models import FolderRole, OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.smime.accounts import give_key, know
from tests.mailboxes.smime.authority import NOW, Holder, person, rsa_key
from tests.mailboxes.smime.openssl import Openssl

pytestmark = pytest.mark.django_db

SECRET = "The vault opens with quicksilver."
NINA = Address("Nina", "nina@customer.example")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> Iterator[OutgoingServer]:
    server = make_outgoing(cast.mailbox)
    with tenant_scope(cast.tenant.pk):
        yield server


@pytest.fixture(autouse=True)
def own(cast: Cast, example_ca: Holder) -> Holder:
    holder = person(example_ca, cast.mailbox.address, name="Support", key=rsa_key(2))
    give_key(cast.owner, holder)
    return holder


@pytest.fixture(autouse=True)
def nina(cast: Cast, example_ca: Holder) -> Holder:
    holder = person(example_ca, NINA.addr_spec, name="Nina")
    know(cast.tenant, holder)
    return holder


@pytest.fixture
def letter(cast: Cast, server: OutgoingServer) -> writing.Letter:
    """A letter to be signed and encrypted."""
    return writing.Letter(
        id=new_id(),
        server=server,
        to=(NINA,),
        cc=(),
        subject="The vault",
        text=f"{SECRET}\nFrom here on:\n-- \nA",
        html=f"<p><b>{SECRET}</b></p>",
        attachments=(AttachmentUpload("plan.pdf", "application/pdf", b"%PDF 4711"),),
        written_by=cast.owner,
        is_signed=True,
        is_encrypted=True,
    )


def sent(letter: writing.Letter) -> OutgoingMessage:
    return writing.send_new(letter, now=NOW)


def test_what_leaves_is_encrypted_for_the_recipient_and_for_us(
    letter: writing.Letter, own: Holder, nina: Holder, example_ca: Holder, openssl: Openssl
) -> None:
    outgoing = sent(letter)

    raw = outgoing.raw()
    assert b"quicksilver" not in raw
    assert b"Subject: The vault" in raw
    for reader in (own, nina):
        inside = openssl.decrypted(raw, reader)
        assert SECRET.encode() in openssl.verified(inside, example_ca)
    done = SentSmime.from_json(outgoing.smime)
    assert (done.is_signed, done.is_encrypted) == (True, True)
    assert done.fingerprint == own.certificate.fingerprint
    assert done.encrypted_for == ((NINA.addr_spec, nina.certificate.fingerprint),)


def test_nothing_of_it_stands_in_the_database_in_clear(letter: writing.Letter) -> None:
    outgoing = sent(letter)

    outgoing.refresh_from_db()
    assert outgoing.snippet == "Encrypted mail"
    assert Conversation.objects.get().snippet == "Encrypted mail"
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert "quicksilver" not in str(cursor.fetchall())


def test_search_finds_it_by_its_header_alone(letter: writing.Letter, cast: Cast) -> None:
    sent(letter)

    def found(text: str) -> int:
        return searching.narrow(Conversation.objects.all(), text, membership=cast.owner, now=NOW).count()

    assert (found("vault"), found("nina"), found("opens")) == (1, 1, 0)


def test_our_screens_show_what_was_sent(letter: writing.Letter, cast: Cast) -> None:
    outgoing = sent(letter)

    opened = open_sent(outgoing)

    assert opened.mail.text.startswith(SECRET)
    assert attachment_content(opened.entity, opened.mail.attachments[0].position) == b"%PDF 4711"
    page = signed_in(cast.owner).get(reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id]))
    shown = page.content.decode()
    assert "Signed as Support" in shown
    assert "Encrypted for nina@customer.example" in shown
    frame = signed_in(cast.owner).get(reverse("mailboxes:outgoing-frame", args=[outgoing.pk]))
    assert SECRET in frame.content.decode()


def test_without_our_key_a_screen_says_that_it_is_gone(letter: writing.Letter, cast: Cast) -> None:
    outgoing = sent(letter)
    SigningIdentity.objects.all().delete()

    with pytest.raises(Closed):
        open_sent(outgoing)
    page = signed_in(cast.owner).get(reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id]))
    shown = page.content.decode()
    assert "not readable here any more" in shown
    assert SECRET not in shown
    assert signed_in(cast.owner).get(reverse("mailboxes:outgoing-frame", args=[outgoing.pk])).status_code == 404


def test_many_encrypted_messages_are_opened_with_one_look_at_the_keys(
    letter: writing.Letter, server: OutgoingServer
) -> None:
    first = sent(letter)
    assert first.conversation is not None
    one = _queries_of(first.conversation)
    for _message in range(3):
        writing.send_reply(replace(letter, id=new_id()), first.conversation, None, now=NOW)

    assert _queries_of(first.conversation) == one


def test_a_mail_that_is_only_signed_is_readable_by_everyone(
    letter: writing.Letter, example_ca: Holder, openssl: Openssl
) -> None:
    outgoing = sent(replace(letter, is_encrypted=False))

    assert openssl.verified(outgoing.raw(), example_ca)
    assert outgoing.snippet.startswith("The vault opens")
    assert open_sent(outgoing).mail.text.startswith(SECRET)
    assert SentSmime.from_json(outgoing.smime).encrypted_for == ()


@pytest.mark.parametrize(
    "change",
    [
        {"to": (NINA, Address("", "nobody@other.example"))},
        {"cc": (Address("", "nobody@other.example"),)},
        {"bcc": (Address("", "nobody@other.example"),)},
        {"bcc": (NINA,)},
    ],
)
def test_what_cannot_be_encrypted_for_everyone_does_not_leave_at_all(
    change: dict[str, tuple[Address, ...]], letter: writing.Letter
) -> None:
    with pytest.raises(CompositionRefused, match="cannot be encrypted"):
        sent(replace(letter, **change))  # type: ignore[arg-type]

    assert not OutgoingMessage.objects.exists()
    assert not Conversation.objects.exists()


def test_what_was_to_be_signed_does_not_leave_unsigned(letter: writing.Letter) -> None:
    SigningIdentity.objects.all().delete()

    with pytest.raises(CompositionRefused, match="cannot be signed"):
        sent(replace(letter, is_encrypted=False))

    assert not OutgoingMessage.objects.exists()


def test_a_certificate_that_expired_while_the_letter_was_written_sends_nothing(letter: writing.Letter) -> None:
    SigningIdentity.objects.update(not_after=NOW - timedelta(days=1))

    with pytest.raises(CompositionRefused, match="is not valid after 11 November 2026"):
        sent(letter)


def test_a_letter_for_later_is_signed_with_a_certificate_that_is_valid_then(letter: writing.Letter) -> None:
    with pytest.raises(CompositionRefused, match="is not valid after"):
        sent(replace(letter, send_at=NOW + timedelta(days=320), is_scheduled=True))


def test_copies_of_the_mailbox_get_the_same_bytes_and_the_message_says_so(
    letter: writing.Letter, cast: Cast, nina: Holder, openssl: Openssl
) -> None:
    BlindCopyAddress.objects.create(
        tenant=cast.tenant, mailbox=cast.mailbox, address="archive@acme.example", created_at=NOW
    )

    outgoing = sent(letter)

    assert {one.recipient for one in outgoing.deliveries.all()} == {NINA.addr_spec, "archive@acme.example"}
    assert openssl.printed(outgoing.raw()).count("d.ktri") == 2
    page = signed_in(cast.owner).get(reverse("mailboxes:conversation-detail", args=[outgoing.conversation_id]))
    assert "archive@acme.example got a copy as well, and cannot open it" in page.content.decode()


@pytest.mark.parametrize(("is_signed", "is_encrypted"), [(True, True), (True, False), (False, True)])
def test_a_form_that_comes_twice_is_one_letter(is_signed: bool, is_encrypted: bool, letter: writing.Letter) -> None:
    protected = replace(letter, is_signed=is_signed, is_encrypted=is_encrypted)

    first = sent(protected)
    second = sent(protected)

    assert first.pk == second.pk
    assert OutgoingMessage.objects.count() == 1


@pytest.mark.parametrize("change", [{"text": "Something else", "html": ""}, {"is_encrypted": False}])
def test_another_letter_with_the_same_form_is_not_taken_for_it(
    change: dict[str, str | bool], letter: writing.Letter
) -> None:
    sent(letter)

    with pytest.raises(writing.AnotherWasSent):
        sent(replace(letter, **change))  # type: ignore[arg-type]


def test_taking_it_back_gives_the_text_and_keeps_that_it_is_to_be_encrypted(letter: writing.Letter, cast: Cast) -> None:
    outgoing = sent(letter)

    draft = rewriting.copy_into_draft(outgoing, author=cast.owner, now=NOW)

    assert draft is not None
    assert SECRET in draft.fields["body"]
    assert (draft.fields["is_signed"], draft.fields["is_encrypted"]) == ("on", "on")
    assert [one.filename for one in draft.attachments.all()] == ["plan.pdf"]


def test_the_copy_in_sent_is_recognised(letter: writing.Letter, cast: Cast) -> None:
    outgoing = sent(letter)

    store_in_sent(cast.mailbox, outgoing.raw())

    assert Message.objects.get().state == Message.State.OWN_COPY
    assert Conversation.objects.count() == 1


def test_what_nobody_wants_protected_leaves_as_it_was_written(letter: writing.Letter) -> None:
    clear = sent(replace(letter, is_signed=False, is_encrypted=False))

    assert clear.smime == {}
    assert SECRET in open_sent(clear).mail.text
    assert b"pkcs7" not in clear.raw()


def store_in_sent(mailbox: Mailbox, raw: bytes) -> None:
    """Have a mail found in the Sent folder."""
    Message.objects.create(
        tenant_id=mailbox.tenant_id,
        mailbox=mailbox,
        raw_sha256=blobs.put(mailbox.tenant_id, raw),
        size=len(raw),
        stored_at=NOW,
        received_at=NOW,
        folder_role=FolderRole.SENT,
    )
    receiving.receive_waiting(mailbox.pk, now=lambda: NOW)


def _queries_of(conversation: Conversation) -> int:
    with CaptureQueriesContext(connection) as queries:
        shown = timeline(conversation, opened=frozenset(), look=Look(), whole=False)
        assert all(card.is_open for card in shown.cards)
    return len([one for one in queries if 'FROM "mailboxes_' in one["sql"]])
