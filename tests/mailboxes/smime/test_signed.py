"""Signatures of mail, made by openssl and judged here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mailboxes.smime.states import EncryptionState, SignatureState
from tests.mailboxes.smime.authority import NOW, Holder, authority, person
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import ENTITY, HEADER, Openssl, mail_of
from tests.mailboxes.smime.structures import compressed_data, opaque


def test_a_valid_signature_names_signer_address_authority_and_certificate(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    found = opened(mail_of(openssl.sign(ENTITY, anna)), example_ca)

    result = found.result
    assert result.signature is SignatureState.VALID
    assert (result.signer_name, result.signer_address) == ("Anna Berg", "anna@example.com")
    assert result.issuer_name == "Example CA"
    assert result.fingerprint == anna.certificate.fingerprint
    assert result.signed_at is not None
    assert not result.is_weak
    assert result.encryption is EncryptionState.NONE
    assert found.certificate == anna.certificate


def test_the_shown_mail_is_what_was_signed_without_the_signature_as_an_attachment(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    found = opened(mail_of(openssl.sign(ENTITY, anna)), example_ca)

    assert found.mail.text == "The price is 40.\nAnna\n"
    assert found.mail.attachments == ()
    assert found.mail.subject == "The offer"
    assert found.mail.message_id == "offer-1@example.com"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_signature_fits_whatever_line_ends_the_mail_was_given_on_its_way(
    line_end: bytes, openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna)).replace(b"\r\n", b"\n").replace(b"\n", line_end)

    assert opened(raw, example_ca).result.signature is SignatureState.VALID


def test_a_signature_over_bare_line_feeds_fits_as_it_is(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    entity = ENTITY.replace(b"\r\n", b"\n")
    raw = mail_of(openssl.sign(entity, anna, "-binary").replace(b"\r\n", b"\n"))

    assert opened(raw, example_ca).result.signature is SignatureState.VALID


def test_a_changed_word_makes_the_signature_invalid(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna)).replace(b"price is 40", b"price is 90")

    found = opened(raw, example_ca)

    assert found.result.signature is SignatureState.INVALID
    assert found.result.signature_reason == "The mail was changed on its way."
    assert "price is 90" in found.mail.text


def test_text_around_the_signed_part_is_not_shown_as_if_it_were_signed(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna)).replace(
        b"This is an S/MIME signed message", b"Pay to account 999 instead"
    )

    found = opened(raw, example_ca)

    assert b"account 999" in raw
    assert found.result.signature is SignatureState.VALID
    assert "999" not in found.mail.text


def test_a_third_part_makes_it_a_mail_of_which_only_a_part_is_signed(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    signed = openssl.sign(ENTITY, anna)
    boundary = signed.split(b'boundary="')[1].split(b'"')[0]
    footer = b"--" + boundary + b"\nContent-Type: text/plain\n\nPay to account 999.\n--" + boundary + b"--\n"
    raw = mail_of(signed.replace(b"--" + boundary + b"--", footer))

    found = opened(raw, example_ca)

    assert found.result.signature is SignatureState.PARTIAL
    assert "account 999" in found.mail.text
    assert not found.result.is_opened


def test_a_signed_part_inside_another_mail_says_nothing_about_the_whole(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    signed = openssl.sign(ENTITY, anna).replace(b"\r\n", b"\n")
    entity = (
        b'Content-Type: multipart/mixed; boundary="outer"\n\n--outer\n'
        + signed
        + b"\n--outer\nContent-Type: text/plain\n\nA list adds its footer.\n--outer--\n"
    )

    found = opened(mail_of(entity), example_ca)

    assert found.result.signature is SignatureState.PARTIAL
    assert "The price is 40." in found.mail.text
    assert "footer" in found.mail.text


def test_an_authority_that_nobody_trusts_is_said(openssl: Openssl, anna: Holder) -> None:
    result = opened(mail_of(openssl.sign(ENTITY, anna)), authority("Another CA")).result

    assert result.signature is SignatureState.UNTRUSTED
    assert "Example CA" in result.signature_reason


def test_a_stranger_with_the_name_of_the_authority_is_not_it(openssl: Openssl, example_ca: Holder) -> None:
    pretender = person(authority("Example CA"), "anna@example.com")

    result = opened(mail_of(openssl.sign(ENTITY, pretender)), example_ca).result

    assert result.signature is SignatureState.UNTRUSTED


def test_a_self_signed_certificate_is_trusted_once_it_is_pinned(openssl: Openssl, example_ca: Holder) -> None:
    alone = person(None, "anna@example.com")
    raw = mail_of(openssl.sign(ENTITY, alone))

    assert opened(raw, example_ca).result.signature is SignatureState.UNTRUSTED
    assert opened(raw, example_ca, pinned=(alone,)).result.signature is SignatureState.VALID


@pytest.mark.parametrize("days", [-200, 400])
def test_a_certificate_counts_at_the_time_at_which_the_mail_came(
    days: int, openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna))

    result = opened(raw, example_ca, at=NOW + timedelta(days=days)).result

    assert result.signature is SignatureState.EXPIRED
    assert result.signature_reason


def test_an_expired_authority_vouches_for_nobody(openssl: Openssl) -> None:
    expired = authority(not_after=NOW - timedelta(days=1))
    raw = mail_of(openssl.sign(ENTITY, person(expired, "anna@example.com")))

    assert opened(raw, expired).result.signature is SignatureState.UNTRUSTED


@pytest.mark.parametrize(
    "from_",
    ["Anna Berg <anna@example.org>", '"anna@example.com" <mallory@example.net>', "anna@example.com, eve@example.net"],
)
def test_a_certificate_for_another_address_than_the_one_in_from_is_said(
    from_: str, openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna), f"From: {from_}", *HEADER[1:])

    result = opened(raw, example_ca).result

    assert result.signature is SignatureState.ANOTHER_ADDRESS
    assert "anna@example.com" in result.signature_reason


def test_a_second_from_field_does_not_pass_for_the_signer(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna), "From: boss@example.net", *HEADER)

    assert opened(raw, example_ca).result.signature is SignatureState.ANOTHER_ADDRESS


def test_letter_case_of_an_address_makes_no_difference(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna), "From: Anna@EXAMPLE.com", *HEADER[1:])

    assert opened(raw, example_ca).result.signature is SignatureState.VALID


def test_an_address_in_the_subject_of_the_certificate_counts(openssl: Openssl, example_ca: Holder) -> None:
    old_style = person(example_ca, "anna@example.com", in_subject=True)

    result = opened(mail_of(openssl.sign(ENTITY, old_style)), example_ca).result

    assert (result.signature, result.signer_address) == (SignatureState.VALID, "anna@example.com")


def test_a_certificate_for_servers_signs_no_mail(openssl: Openssl, example_ca: Holder) -> None:
    server = person(example_ca, "anna@example.com", is_for_mail=False)

    assert opened(mail_of(openssl.sign(ENTITY, server)), example_ca).result.signature is SignatureState.UNTRUSTED


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512", "sha1"])
def test_digests_are_read_and_sha1_is_called_outdated(
    digest: str, openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    result = opened(mail_of(openssl.sign(ENTITY, anna, digest=digest)), example_ca).result

    assert result.signature is SignatureState.VALID
    assert result.is_weak is (digest == "sha1")


def test_md5_is_not_judged(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    result = opened(mail_of(openssl.sign(ENTITY, anna, digest="md5")), example_ca).result

    assert result.signature is SignatureState.UNSUPPORTED
    assert "md5" in result.signature_reason


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_elliptic_curves_are_read(curve: ec.EllipticCurve, openssl: Openssl, example_ca: Holder) -> None:
    signer = person(example_ca, "anna@example.com", key=ec.generate_private_key(curve))

    assert opened(mail_of(openssl.sign(ENTITY, signer)), example_ca).result.signature is SignatureState.VALID


@pytest.mark.parametrize("salt_length", ["digest", "20", "max"])
def test_pss_is_read(salt_length: str, openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    options = ("-keyopt", "rsa_padding_mode:pss", "-keyopt", f"rsa_pss_saltlen:{salt_length}")
    raw = mail_of(openssl.sign(ENTITY, anna, *options, digest="sha384"))

    assert opened(raw, example_ca).result.signature is SignatureState.VALID
    assert opened(raw.replace(b"is 40", b"is 41"), example_ca).result.signature is SignatureState.INVALID


@pytest.mark.parametrize("option", ["-noattr", "-keyid", "-nosmimecap"])
def test_other_forms_of_a_signature_are_read(option: str, openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    raw = mail_of(openssl.sign(ENTITY, anna, option))

    assert opened(raw, example_ca).result.signature is SignatureState.VALID
    assert opened(raw.replace(b"is 40", b"is 41"), example_ca).result.signature is SignatureState.INVALID


@pytest.mark.parametrize("options", [("-nodetach",), ("-nodetach", "-stream"), ("-nodetach", "-noattr")])
def test_an_opaque_signature_is_opened(
    options: tuple[str, ...], openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    found = opened(mail_of(openssl.sign(ENTITY, anna, *options)), example_ca)

    assert found.result.signature is SignatureState.VALID
    assert found.result.encryption is EncryptionState.NONE
    assert found.mail.text == "The price is 40.\nAnna\n"
    assert found.mail.attachments == ()


@pytest.mark.parametrize(
    "content_type",
    [
        "application/pkcs7-mime",
        "application/x-pkcs7-mime; name=smime.p7m",
        "application/octet-stream; name=smime.p7m",
    ],
)
def test_an_opaque_signature_is_known_by_what_it_is(
    content_type: str, openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    _header, _blank, body = openssl.sign(ENTITY, anna, "-nodetach").replace(b"\r\n", b"\n").partition(b"\n\n")
    entity = f"Content-Type: {content_type}\nContent-Transfer-Encoding: base64\n\n".encode() + body

    found = opened(mail_of(entity), example_ca)

    assert found.result.signature is SignatureState.VALID
    assert "The price is 40." in found.mail.text


def test_a_missing_transfer_encoding_is_forgiven(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    _header, _blank, body = openssl.sign(ENTITY, anna, "-nodetach").replace(b"\r\n", b"\n").partition(b"\n\n")

    found = opened(mail_of(b"Content-Type: application/pkcs7-mime\n\n" + body), example_ca)

    assert found.result.signature is SignatureState.VALID


def test_a_signature_without_its_certificate_cannot_be_judged(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    result = opened(mail_of(openssl.sign(ENTITY, anna, "-nocerts")), example_ca).result

    assert result.signature is SignatureState.UNSUPPORTED
    assert "certificate" in result.signature_reason


def test_a_compressed_mail_is_unpacked(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    found = opened(opaque(compressed_data(openssl.sign(ENTITY, anna))), example_ca)

    assert found.result.signature is SignatureState.VALID
    assert found.mail.text == "The price is 40.\nAnna\n"


def test_a_signed_document_is_an_attachment_and_no_mail(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    document = openssl.sign(b"<?xml version='1.0'?><invoice/>", anna, "-nodetach", "-binary")
    body = document.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    part = b"Content-Type: application/pkcs7-mime; name=invoice.xml.p7m\nContent-Transfer-Encoding: base64\n\n" + body
    beside = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee the invoice.\n--b\n" + part + b"\n--b--\n"

    for raw in (mail_of(part), mail_of(beside)):
        found = opened(raw, example_ca)

        assert found.result.is_empty
        assert [one.filename for one in found.mail.attachments] == ["invoice.xml.p7m"]


def test_certificates_that_are_sent_around_are_an_attachment(openssl: Openssl, anna: Holder) -> None:
    found = opened(opaque(openssl.certificates_only(anna)))

    assert found.result.is_empty
    assert [one.filename for one in found.mail.attachments] == ["smime.p7m"]


def test_a_mail_signed_with_pgp_is_left_as_it_is(example_ca: Holder) -> None:
    entity = (
        b'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\n\n--b\n'
        b"Content-Type: text/plain\n\nHello\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n"
    )

    found = opened(mail_of(entity), example_ca)

    assert found.result.is_empty
    assert [one.filename for one in found.mail.attachments] == ["signature.asc"]
