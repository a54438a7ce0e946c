"""Whether mail to certain people can be signed and encrypted, and what people are told where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mailboxes import protection
from mailboxes.addresses import Address
from mailboxes.models import CorrespondentCertificate, SigningIdentity
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from servers.models.outgoing import Transport
from tests.factories import Cast, make_cast, make_outgoing
from tests.mailboxes.mail.factories import receive
from tests.mailboxes.smime.accounts import give_key, know, trust
from tests.mailboxes.smime.authority import NOW, Holder, person, rsa_key
from tests.mailboxes.smime.openssl import ENTITY, Openssl, mail_of

pytestmark = pytest.mark.django_db

OFFICE = "office@acme.example"
NINA = Address("Nina", "nina@customer.example")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> Iterator[OutgoingServer]:
    server = make_outgoing(cast.mailbox, from_address=OFFICE)
    with tenant_scope(cast.tenant.pk):
        yield server


@pytest.fixture
def own(cast: Cast, example_ca: Holder) -> Holder:
    """The certificate of the address that mail leaves from."""
    holder = person(example_ca, OFFICE, name="Office", key=rsa_key(2))
    give_key(cast.owner, holder)
    return holder


@pytest.fixture
def nina(cast: Cast, example_ca: Holder) -> Holder:
    """The certificate of a correspondent, which is trusted."""
    holder = person(example_ca, NINA.addr_spec, name="Nina")
    know(cast.tenant, holder)
    return holder


def test_both_are_possible_with_certificates_on_both_sides(server: OutgoingServer, own: Holder, nina: Holder) -> None:
    found = protection.possible(server, [Address("", "Nina@CUSTOMER.example")], now=NOW)

    assert (found.may_sign, found.may_encrypt) == (True, True)
    assert found.signs_as == "Office"
    assert found.why_not_signed == ""
    assert found.why_not_encrypted == ()


def test_nothing_is_possible_without_a_certificate_of_our_own(server: OutgoingServer, nina: Holder) -> None:
    found = protection.possible(server, [NINA], now=NOW)

    assert not found.is_set_up
    assert found.why_not_signed == (
        "There is no certificate for office@acme.example. An administrator adds one under Settings → Certificates."
    )
    assert found.why_not_encrypted[0].startswith("Nobody here could read it again. There is no certificate for")


def test_those_without_a_certificate_are_named_together(server: OutgoingServer, own: Holder, nina: Holder) -> None:
    others = [Address("", f"p{number}@other.example") for number in range(8)]

    found = protection.possible(server, [NINA, *others], now=NOW)

    assert found.may_sign
    assert found.why_not_encrypted == (
        "No certificate is known for p0@other.example, p1@other.example, p2@other.example, p3@other.example, "
        "p4@other.example and 3 more. It is kept when signed mail comes from there.",
    )


def test_a_certificate_that_nobody_trusts_is_not_encrypted_for(
    cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder
) -> None:
    know(cast.tenant, person(example_ca, NINA.addr_spec), is_trusted=False)

    found = protection.possible(server, [NINA], now=NOW)

    assert found.why_not_encrypted == (
        "Nobody here trusts the certificate of nina@customer.example yet. An administrator can, under "
        "Settings → Certificates.",
    )


def test_one_that_a_person_trusts_is(cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder) -> None:
    know(cast.tenant, person(None, NINA.addr_spec), is_trusted=False, is_pinned=True)

    assert protection.possible(server, [NINA], now=NOW).may_encrypt


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(days=400), "The certificate of nina@customer.example is not valid after 8 September 2027."),
        (timedelta(days=-200), "The certificate of nina@customer.example is valid from 4 August 2026 on."),
    ],
)
def test_a_certificate_that_is_not_valid_at_the_time_of_the_mail_is_not_used(
    after: timedelta, words: str, cast: Cast, server: OutgoingServer, nina: Holder, example_ca: Holder
) -> None:
    begin, end = NOW - timedelta(days=999), NOW + timedelta(days=999)
    give_key(cast.owner, person(example_ca, OFFICE, key=rsa_key(2), not_before=begin, not_after=end))

    found = protection.possible(server, [NINA], now=NOW + after)

    assert found.may_sign
    assert len(found.why_not_encrypted) == 1
    assert found.why_not_encrypted[0].startswith(words)


def test_a_certificate_for_signatures_alone_and_one_of_another_curve_say_so(
    cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder
) -> None:
    know(cast.tenant, person(example_ca, NINA.addr_spec, usages=("digital_signature",)))
    know(cast.tenant, person(example_ca, "curt@other.example", key=ec.generate_private_key(ec.SECP224R1())))

    found = protection.possible(server, [NINA, Address("", "curt@other.example")], now=NOW)

    assert [one.partition(". ")[0] for one in found.why_not_encrypted] == [
        "The certificate of nina@customer.example is for signing alone",
        "The certificate of curt@other.example has a key of a kind that we cannot encrypt for",
    ]


def test_of_several_certificates_one_that_serves_is_taken(
    cast: Cast, server: OutgoingServer, own: Holder, nina: Holder, example_ca: Holder
) -> None:
    signing = person(example_ca, NINA.addr_spec, usages=("digital_signature",), key=rsa_key(3))
    know(cast.tenant, signing, seen_at=NOW + timedelta(days=1))

    found = protection.possible(server, [NINA], now=NOW)

    assert [row.fingerprint for _address, row in found.readers] == [nina.certificate.fingerprint]


def test_the_newest_of_our_own_signs(cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder) -> None:
    newer = person(example_ca, OFFICE, key=rsa_key(3), not_before=NOW - timedelta(days=1))
    give_key(cast.owner, newer)
    give_key(cast.owner, person(example_ca, OFFICE, key=rsa_key(4), not_before=NOW + timedelta(days=1)))

    found = protection.possible(server, [NINA], now=NOW)

    assert found.signer is not None
    assert found.signer.fingerprint == newer.certificate.fingerprint


def test_two_certificates_share_the_work(cast: Cast, server: OutgoingServer, nina: Holder, example_ca: Holder) -> None:
    signs = person(example_ca, OFFICE, key=rsa_key(3), usages=("digital_signature",))
    opens = person(example_ca, OFFICE, key=rsa_key(4), usages=("key_encipherment",))
    give_key(cast.owner, signs)
    give_key(cast.owner, opens)

    found = protection.possible(server, [NINA], now=NOW)

    assert found.signer is not None
    assert found.own is not None
    assert found.signer.fingerprint == signs.certificate.fingerprint
    assert found.own.fingerprint == opens.certificate.fingerprint


def test_a_colleague_whose_key_is_here_needs_no_signed_mail_before(
    cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder
) -> None:
    give_key(cast.owner, person(example_ca, "sales@acme.example", key=rsa_key(3)))

    assert protection.possible(server, [Address("", "sales@acme.example")], now=NOW).may_encrypt


def test_certificates_of_another_account_are_unknown(
    cast: Cast, server: OutgoingServer, own: Holder, example_ca: Holder
) -> None:
    know(cast.other_tenant, person(example_ca, NINA.addr_spec))
    give_key(cast.stranger, person(example_ca, NINA.addr_spec, key=rsa_key(3)))

    assert not protection.possible(server, [NINA], now=NOW).may_encrypt


def test_a_blind_copy_is_not_encrypted_for(server: OutgoingServer, own: Holder, nina: Holder) -> None:
    found = protection.possible(server, [NINA], bcc=[Address("", "boss@acme.example")], now=NOW)

    assert found.may_sign
    assert found.why_not_encrypted == (
        "Whoever opens it could see that a key of boss@acme.example opens it too: take the blind copy out, and write "
        "apart.",
    )


def test_without_recipients_it_asks_for_them(server: OutgoingServer, own: Holder) -> None:
    assert protection.possible(server, [], now=NOW).why_not_encrypted == ("Choose who gets it first.",)


def test_mail_through_the_platform_is_signed_as_the_address_that_it_leaves_from(cast: Cast, own: Holder) -> None:
    server = make_outgoing(
        cast.mailbox, transport=Transport.PLATFORM, from_address=OFFICE, host="", username="", port=25
    )
    with tenant_scope(cast.tenant.pk):
        found = protection.possible(server, [NINA], now=NOW)

    assert not found.may_sign
    assert found.why_not_signed.startswith(f"Mail leaves from {server.mailbox.direct_address} until it is proven")


def test_the_number_of_queries_does_not_grow_with_the_recipients(
    cast: Cast, server: OutgoingServer, own: Holder, nina: Holder
) -> None:
    many = [NINA, *(Address("", f"p{number}@other.example") for number in range(60))]

    with CaptureQueriesContext(connection) as queries:
        protection.possible(server, many, now=NOW)

    assert len([one for one in queries if 'FROM "mailboxes_' in one["sql"]]) == 3


def test_what_a_program_opens_is_remembered_from_its_newest_signature(
    cast: Cast, anna: Holder, example_ca: Holder, openssl: Openssl
) -> None:
    trust(cast.owner, example_ca)
    receive(cast.mailbox, mail_of(openssl.sign(ENTITY, anna)), at=NOW)

    with tenant_scope(cast.tenant.pk):
        kept = CorrespondentCertificate.objects.get(address="anna@example.com")
    assert "2.16.840.1.101.3.4.1.42" in kept.capabilities
    assert all(part.isdigit() for oid in kept.capabilities for part in oid.split("."))


def test_an_answer_is_encrypted_by_itself_if_what_it_answers_was(
    cast: Cast, server: OutgoingServer, own: Holder, nina: Holder, openssl: Openssl
) -> None:
    encrypted = receive(cast.mailbox, mail_of(openssl.encrypt(ENTITY, own)), at=NOW)
    clear = receive(cast.mailbox, mail_of(ENTITY, "From: a@example.com", "Message-ID: <c@example.com>"), at=NOW)

    found = protection.possible(server, [NINA], now=NOW)

    assert found.signs_unless_asked
    assert found.encrypts_unless_asked(encrypted)
    assert not found.encrypts_unless_asked(clear)
    assert not found.encrypts_unless_asked(None)
    assert SigningIdentity.objects.count() == 1
