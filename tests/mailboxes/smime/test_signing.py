"""Mail that we sign, checked by openssl and by our own reading."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mailboxes.composing import AttachmentUpload
from mailboxes.smime.entities import base64_lines, split, steadied
from mailboxes.smime.signing import CannotSign, sign, signing_obstacle
from mailboxes.smime.states import SignatureState
from tests.mailboxes.smime.authority import NOW, Holder, authority, person, rsa_key
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import Openssl
from tests.mailboxes.smime.written import TEXT, content_of, header_of, written

FILES = (
    AttachmentUpload("offer.pdf", "application/pdf", bytes(range(256)) * 40),
    AttachmentUpload("note.txt", "text/plain", b"From here on: \r\n.\r\n"),
    AttachmentUpload("mail.eml", "message/rfc822", b"From: b@example.org\r\nSubject: x\r\n\r\nhello\r\n"),
)


@pytest.mark.parametrize(
    "key", [rsa_key(4), ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP521R1())]
)
def test_what_we_sign_is_verified_by_others_and_here(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, openssl: Openssl, example_ca: Holder
) -> None:
    signer = person(example_ca, "anna@example.com", key=key)
    raw = written(html="<p>The price is 40.</p>", attachments=FILES)

    signed = sign(raw, signer.identity, at=NOW)

    assert openssl.verified(signed, example_ca) == steadied(content_of(raw))
    found = opened(signed, example_ca)
    assert found.result.signature is SignatureState.VALID
    assert found.result.signed_at == NOW
    assert found.mail.text == TEXT
    assert [one.filename for one in found.mail.attachments] == ["offer.pdf", "note.txt", "mail.eml"]


def test_the_header_stays_as_it_is(anna: Holder) -> None:
    raw = written(subject="Grüße aus Köln")

    signed = sign(raw, anna.identity, at=NOW)

    assert header_of(signed) == header_of(raw)
    assert signed.lower().count(b"mime-version:") == 1


def test_it_names_its_digest_and_what_we_can_open(anna: Holder, openssl: Openssl) -> None:
    signed = sign(written(), anna.identity, at=NOW)

    assert b'protocol="application/pkcs7-signature"' in signed
    assert b"micalg=sha-256" in signed
    printed = openssl.printed(signed)
    assert "signingTime" in printed
    assert "Nov 12 09:30:00 2026 GMT" in printed
    assert [name in printed for name in ("aes-256-gcm", "aes-256-cbc", "aes-128-cbc")] == [True] * 3
    assert opened(signed).capabilities[:1] == ("2.16.840.1.101.3.4.1.46",)


def test_a_time_beyond_two_digits_of_a_year_is_written_whole(example_ca: Holder, openssl: Openssl) -> None:
    late = datetime(2051, 1, 2, tzinfo=UTC)
    signer = person(example_ca, "anna@example.com")

    signed = sign(written(), signer.identity, at=late)

    assert "Jan  2 00:00:00 2051 GMT" in openssl.printed(signed)


def test_the_chain_goes_along_and_the_authority_does_not(example_ca: Holder, openssl: Openssl) -> None:
    between = authority("Example Mail CA", issuer=example_ca)
    signer = person(between, "anna@example.com")

    signed = sign(written(), signer.identity, chain=(between.certificate, example_ca.certificate), at=NOW)

    assert openssl.verified(signed, example_ca)
    assert opened(signed, example_ca).result.signature is SignatureState.VALID
    printed = openssl.printed(signed)
    assert len(re.findall(r"subject: CN=Example Mail CA", printed)) == 1
    assert "subject: CN=Example CA" not in printed


@pytest.mark.parametrize(
    "text",
    [
        "Regards\n-- \nAnna\n",
        "From here on it is new.\nFrom  there\n",
        "From here on: Grüße\nFrom " + "ü" * 100 + "\n",
        "From From From " + "x" * 60 + "\nFrom " + "y" * 71 + "\n",
        ".\n..\n.From\n",
        "tab at the end\t\n\n\n",
        " \n",
        "ends without a line break ",
        "x" * 3000,
    ],
)
def test_no_server_on_the_way_has_a_reason_to_change_it(
    text: str, anna: Holder, openssl: Openssl, example_ca: Holder
) -> None:
    signed = sign(written(text), anna.identity, at=NOW)

    lines = signed.split(b"\r\n")
    assert not any(line.endswith((b" ", b"\t")) for line in lines)
    assert not any(line.startswith(b"From ") for line in lines)
    assert all(len(line) <= 998 for line in lines)
    assert signed.isascii()
    assert openssl.verified(signed, example_ca)
    shown = opened(signed, example_ca).mail.text
    assert shown == (text if text.endswith("\n") else f"{text}\n")


@pytest.mark.parametrize("header", [b"", b"Content-Type: text/plain; charset=utf-8\r\n", b"X: y\r\n"])
def test_octets_of_eight_bits_are_encoded_whatever_the_header_says(header: bytes) -> None:
    entity = header + b"\r\n" + "Grüße \r\n".encode()

    steady = steadied(entity)

    assert steady.isascii()
    assert steady.endswith(b"\r\n\r\nGr=C3=BC=C3=9Fe=20\r\n")
    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in steady


def test_a_file_of_eight_bits_is_encoded_in_its_place() -> None:
    entity = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nclear\r\n"
        b"--b\r\nContent-Type: application/x-y\r\nContent-Transfer-Encoding: 8bit\r\nX-Z: 1\r\n\r\n"
        b"\xff\xfe\r\n--b--\r\n"
    )

    steady = steadied(entity)

    assert b"\r\nclear\r\n--b\r\nContent-Type: application/x-y\r\nX-Z: 1\r\n" in steady
    assert b"Content-Transfer-Encoding: base64\r\n\r\n//4=\r\n" in steady


def test_what_is_steady_is_not_touched() -> None:
    entity = content_of(written("Nothing to do.\n", attachments=FILES[:1]))

    assert steadied(entity) is entity


def test_a_mail_is_split_into_what_stays_outside_and_what_goes_inside() -> None:
    raw = (
        b"From: a@example.com\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n"
        b"MIME-Version: 1.0\r\nX-Y: 1\r\n 2\r\n\r\nbody\r\n"
    )

    outside, inside = split(raw)

    assert outside == b"From: a@example.com\r\nX-Y: 1\r\n 2\r\n"
    assert inside == b"Content-Type: text/plain;\r\n charset=utf-8\r\n\r\nbody\r\n"


def test_base64_has_lines_of_76_characters_across_its_steps() -> None:
    lines = base64_lines(bytes(500_000)).split(b"\r\n")

    assert {len(line) for line in lines[:-2]} == {76}
    assert lines[-1] == b""


def test_a_key_that_is_not_of_the_certificate_signs_nothing(anna: Holder) -> None:
    swapped = Holder(rsa_key(5), anna.x509)

    with pytest.raises(CannotSign, match="do not belong together"):
        sign(written(), swapped.identity, at=NOW)


def test_a_certificate_for_something_else_signs_nothing(example_ca: Holder) -> None:
    of_server = person(example_ca, "anna@example.com", is_for_mail=False)

    with pytest.raises(CannotSign, match="not issued for signing mail"):
        sign(written(), of_server.identity, at=NOW)


def test_a_key_of_another_kind_says_so(example_ca: Holder) -> None:
    holder = person(example_ca, "anna@example.com", key=ed25519.Ed25519PrivateKey.generate())

    assert signing_obstacle(holder.certificate) == "has a key of a kind that we cannot sign with"
