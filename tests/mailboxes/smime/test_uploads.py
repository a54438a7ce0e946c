"""Certificates and keys as people upload them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from mailboxes.smime.uploads import FileRefused, KeyFileRefused, WrongPassword, read_authorities, read_identity
from tests.mailboxes.smime.authority import DER, NOW, Holder, authority, person
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import ENTITY, Openssl, mail_of


def test_pkcs12_gives_certificate_key_and_chain(example_ca: Holder) -> None:
    lower = authority("Lower", issuer=example_ca)
    office = person(lower, "office@harbor.example")

    found = read_identity(office.pkcs12("open sesame", lower), b"", "open sesame")

    assert found.certificate == office.certificate
    assert found.private_key.reveal() == office.key_pem.decode()
    assert found.chain_pem == lower.certificate_pem.decode()


def test_what_was_uploaded_opens_mail(openssl: Openssl, office: Holder) -> None:
    found = read_identity(office.pkcs12("open sesame"), b"", "open sesame")
    loaded = Holder(serialization.load_pem_private_key(found.private_key.reveal().encode(), None), office.x509)  # type: ignore[arg-type]

    assert "price" in opened(mail_of(openssl.encrypt(ENTITY, office)), keys=(loaded,)).mail.text


@pytest.mark.parametrize("options", [["-legacy"], [], ["-keypbe", "aes-128-cbc", "-macalg", "sha512"]])
def test_pkcs12_of_openssl_is_read(options: list[str], office: Holder, tmp_path: Path) -> None:
    source = tmp_path / "both.pem"
    source.write_bytes(office.certificate_pem + office.key_pem)
    command = ["openssl", "pkcs12", "-export", "-in", str(source), "-passout", "pass:abc", *options]
    file = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout

    assert read_identity(file, b"", "abc").certificate == office.certificate


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_is_said(password: str, office: Holder) -> None:
    with pytest.raises(WrongPassword):
        read_identity(office.pkcs12("open sesame"), b"", password)
    with pytest.raises(WrongPassword):
        read_identity(office.certificate_pem, office.encrypted_key_pem("open sesame"), password)


def test_pem_is_read_from_one_file_or_two(office: Holder, example_ca: Holder) -> None:
    both = office.key_pem + example_ca.certificate_pem + office.certificate_pem

    in_one, in_two = read_identity(both, b"", ""), read_identity(office.certificate_pem, office.key_pem, "")

    assert in_one.certificate == in_two.certificate == office.certificate
    assert in_one.private_key == in_two.private_key
    assert in_one.chain_pem == example_ca.certificate_pem.decode()
    assert in_two.chain_pem == ""


def test_a_password_for_a_key_that_needs_none_is_no_mistake(office: Holder) -> None:
    assert read_identity(office.certificate_pem, office.key_pem, "needless").certificate == office.certificate


def test_an_encrypted_key_is_opened(office: Holder) -> None:
    found = read_identity(office.certificate_pem, office.encrypted_key_pem("open sesame"), "open sesame")

    assert found.private_key.reveal() == office.key_pem.decode()


@pytest.mark.parametrize(
    "file", [b"", b"hello", b"0\x82\xff\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END", b"0" * 900]
)
def test_a_damaged_file_is_refused(file: bytes, office: Holder) -> None:
    with pytest.raises(FileRefused):
        read_identity(file, b"", "x")
    with pytest.raises(FileRefused):
        read_identity(office.certificate_pem, file or b"x", "x")
    with pytest.raises(FileRefused):
        read_authorities(file)


def test_a_certificate_without_its_key_is_refused(office: Holder) -> None:
    with pytest.raises(KeyFileRefused, match="missing"):
        read_identity(office.certificate_pem, b"", "")


def test_a_key_of_another_certificate_is_refused(office: Holder, anna: Holder) -> None:
    with pytest.raises(FileRefused, match="belong together"):
        read_identity(office.certificate_pem, anna.key_pem, "")


def test_a_certificate_without_an_address_is_refused(example_ca: Holder) -> None:
    nameless = person(example_ca)

    with pytest.raises(FileRefused, match="no e-mail address"):
        read_identity(nameless.certificate_pem, nameless.key_pem, "")


def test_keys_of_elliptic_curves_are_taken_and_those_that_sign_no_mail_are_not(example_ca: Holder) -> None:
    curve = person(example_ca, "office@harbor.example", key=ec.generate_private_key(ec.SECP256R1()))
    edwards = person(example_ca, "office@harbor.example", key=ed25519.Ed25519PrivateKey.generate())

    assert read_identity(curve.certificate_pem, curve.key_pem, "").certificate == curve.certificate
    with pytest.raises(FileRefused, match="neither RSA"):
        read_identity(edwards.certificate_pem, edwards.key_pem, "")


def test_a_file_that_asks_for_endless_hashing_is_refused_at_once(office: Holder, tmp_path: Path) -> None:
    source, target = tmp_path / "key.pem", tmp_path / "encrypted.pem"
    source.write_bytes(office.key_pem)
    command = ["openssl", "pkcs8", "-topk8", "-in", str(source), "-out", str(target), "-passout", "pass:abc"]
    subprocess.run([*command, "-iter", "3000000"], check=True, timeout=60)

    with pytest.raises(FileRefused):
        read_identity(office.certificate_pem, target.read_bytes(), "abc")


def test_authorities_are_read_from_pem_der_and_pkcs7(example_ca: Holder, openssl: Openssl) -> None:
    other = authority("Other CA")
    both = example_ca.certificate_pem + other.certificate_pem

    assert read_authorities(both + both) == [example_ca.certificate, other.certificate]
    assert read_authorities(example_ca.x509.public_bytes(DER)) == [example_ca.certificate]
    assert set(read_authorities(openssl.certificates_only(example_ca, other))) == {
        example_ca.certificate,
        other.certificate,
    }


def test_a_person_is_no_authority(office: Holder, example_ca: Holder) -> None:
    with pytest.raises(FileRefused, match="Office"):
        read_authorities(example_ca.certificate_pem + office.certificate_pem)


def test_too_many_authorities_at_once_are_refused() -> None:
    many = b"".join(authority(f"CA {number}", not_after=NOW).certificate_pem for number in range(201))

    with pytest.raises(FileRefused, match="at most 200"):
        read_authorities(many)
