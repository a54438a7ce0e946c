"""What is signed and encrypted without being asked, and what a switch in the composer means."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.template.loader import render_to_string

from mailboxes.addresses import Address
from mailboxes.drafts import checking
from mailboxes.models import OutgoingMessage, SigningIdentity
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing
from tests.mailboxes.automatic.post import letter
from tests.mailboxes.automatic.post import receive as receive_letter
from tests.mailboxes.automatic.test_autoresponding import make_autoresponder
from tests.mailboxes.mail.factories import receive
from tests.mailboxes.smime.accounts import give_key, know
from tests.mailboxes.smime.authority import NOW, Holder, person, rsa_key
from tests.mailboxes.smime.openssl import ENTITY, Openssl, mail_of

pytestmark = pytest.mark.django_db

NINA = Address("Nina", "nina@customer.example")
NOBODY = Address("", "nobody@other.example")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> Iterator[OutgoingServer]:
    server = make_outgoing(cast.mailbox)
    with tenant_scope(cast.tenant.pk):
        yield server


@pytest.fixture
def own(cast: Cast, example_ca: Holder) -> Holder:
    holder = person(example_ca, cast.mailbox.address, name="Support", key=rsa_key(2))
    give_key(cast.owner, holder)
    return holder


@pytest.fixture(autouse=True)
def nina(cast: Cast, example_ca: Holder) -> Holder:
    holder = person(example_ca, NINA.addr_spec, name="Nina")
    know(cast.tenant, holder)
    return holder


def shown(facts: checking.Facts) -> str:
    """Return the switches as the composer shows them."""
    context = {"protection": facts.protection, "is_signed": facts.signs, "is_encrypted": facts.encrypts}
    return render_to_string("mailboxes/mail/_protection.html", context)


def switch(html: str, name: str) -> str:
    """Return the tag of a switch."""
    return next(tag for tag in html.split("<input ")[1:] if f'name="{name}"' in tag).partition(">")[0]


def test_an_automatic_answer_is_signed_where_there_is_a_certificate(
    cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder, openssl: Openssl
) -> None:
    make_autoresponder(cast.mailbox)

    receive_letter(cast.mailbox, letter(cast.mailbox.address, at=NOW), at=NOW)

    answer = OutgoingMessage.objects.get()
    assert openssl.verified(answer.raw(), example_ca)
    assert answer.smime["is_signed"]
    assert b"Auto-Submitted: auto-replied" in answer.raw()


@pytest.mark.parametrize("has_expired", [True, False])
def test_it_is_sent_unsigned_where_there_is_none_that_is_valid(
    has_expired: bool, cast: Cast, server: OutgoingServer, own: Holder
) -> None:
    make_autoresponder(cast.mailbox)
    if has_expired:
        SigningIdentity.objects.update(not_after=NOW - timedelta(days=1))
    else:
        SigningIdentity.objects.all().delete()

    receive_letter(cast.mailbox, letter(cast.mailbox.address, at=NOW), at=NOW)

    assert OutgoingMessage.objects.get().smime == {}


def test_a_letter_is_signed_and_not_encrypted_unless_somebody_says_so(
    cast: Cast, server: OutgoingServer, own: Holder
) -> None:
    html = shown(checking.facts_of(checking.Written(server, cast.owner, to=(NINA,)), now=NOW))

    assert "checked" in switch(html, "is_signed")
    assert "checked" not in switch(html, "is_encrypted")
    assert "disabled" not in switch(html, "is_encrypted")
    assert "As Support." in html


def test_an_answer_to_encrypted_mail_is_encrypted_unless_somebody_says_no(
    cast: Cast, server: OutgoingServer, own: Holder, openssl: Openssl
) -> None:
    message = receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, own)), at=NOW)
    usual = checking.Written(server, cast.owner, to=(NINA,), answers=message)
    declined = checking.Written(server, cast.owner, to=(NINA,), answers=message, decided="is_encrypted")

    assert checking.facts_of(usual, now=NOW).encrypts
    assert not checking.facts_of(declined, now=NOW).encrypts


@pytest.mark.parametrize("decided", ["", "is_encrypted"])
def test_encryption_stays_on_when_a_recipient_is_added_for_whom_it_is_not_possible(
    decided: str, cast: Cast, server: OutgoingServer, own: Holder
) -> None:
    written = checking.Written(server, cast.owner, to=(NINA, NOBODY), is_encrypted=True, decided=decided)

    html = shown(checking.facts_of(written, now=NOW))

    assert "checked" in switch(html, "is_encrypted")
    assert "disabled" not in switch(html, "is_encrypted")
    assert "No certificate is known for nobody@other.example." in html
    assert "It is not sent until everyone can read it" in html


def test_what_is_not_possible_and_not_on_cannot_be_switched_on_and_says_why(
    cast: Cast, server: OutgoingServer, own: Holder
) -> None:
    html = shown(checking.facts_of(checking.Written(server, cast.owner, to=(NOBODY,)), now=NOW))

    tag = switch(html, "is_encrypted")
    assert "disabled" in tag
    assert 'aria-describedby="composer-encrypt-why"' in tag
    assert "No certificate is known for nobody@other.example." in html


def test_without_any_certificate_there_is_one_quiet_line(cast: Cast, server: OutgoingServer) -> None:
    html = shown(checking.facts_of(checking.Written(server, cast.owner, to=(NINA,)), now=NOW))

    assert "<input" not in html
    assert "Not signed, not encrypted" in html
    assert "There is no certificate for" in html
