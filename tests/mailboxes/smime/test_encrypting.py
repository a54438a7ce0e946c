"""Mail that we encrypt, opened by openssl and by our own reading."""

from __future__ import annotations

import os
import tracemalloc

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from mailboxes.composing import AttachmentUpload
from mailboxes.parsing import attachment_content
from mailboxes.smime import protecting
from mailboxes.smime.capabilities import AES_128_GCM, AES_256_CBC, AES_256_GCM
from mailboxes.smime.encrypting import encryption_obstacle
from mailboxes.smime.protecting import CannotEncrypt, CannotProtect, Reader, Signatory, protect
from mailboxes.smime.states import EncryptionState, SignatureState
from tests.mailboxes.smime.authority import NOW, Holder, person
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import Openssl
from tests.mailboxes.smime.written import TEXT, content_of, header_of, written

_GCM = (AES_256_GCM, AES_256_CBC)


@pytest.fixture(scope="module")
def curve(example_ca: Holder) -> Holder:
    """A correspondent whose key is one of an elliptic curve."""
    return person(example_ca, "curve@example.org", name="Carla", key=ec.generate_private_key(ec.SECP384R1()))


def encrypted(raw: bytes, *readers: Holder, capabilities: tuple[str, ...] = ()) -> bytes:
    return protect(raw, signatory=None, readers=[Reader(one.certificate, capabilities) for one in readers], at=NOW)


@pytest.mark.parametrize("capabilities", [(), _GCM])
def test_each_reader_opens_it_with_another_program_and_here(
    capabilities: tuple[str, ...], openssl: Openssl, anna: Holder, office: Holder, curve: Holder
) -> None:
    raw = written(attachments=(AttachmentUpload("offer.pdf", "application/pdf", b"%PDF-1.7 \xff"),))

    sealed = encrypted(raw, anna, office, curve, capabilities=capabilities)

    for reader in (anna, office, curve):
        assert openssl.decrypted(sealed, reader) == content_of(raw)
        found = opened(sealed, keys=(reader,))
        assert found.result.encryption is EncryptionState.DECRYPTED
        assert found.mail.text == TEXT
        assert attachment_content(found.entity, found.mail.attachments[0].position) == b"%PDF-1.7 \xff"


def test_nothing_of_the_content_is_readable_and_the_header_stays(office: Holder) -> None:
    raw = written("A secret.\n", attachments=(AttachmentUpload("secret-plan.pdf", "application/pdf", b"plan"),))

    sealed = encrypted(raw, office)

    assert header_of(sealed) == header_of(raw)
    assert b"secret" not in sealed
    assert sealed.isascii()
    assert max(len(line) for line in sealed.split(b"\r\n")) <= 78


def test_it_is_authenticated_only_if_every_reader_can_open_that(openssl: Openssl, anna: Holder, office: Holder) -> None:
    both = [Reader(anna.certificate, _GCM), Reader(office.certificate, _GCM)]
    one = [Reader(anna.certificate, _GCM), Reader(office.certificate, (AES_256_CBC, AES_128_GCM))]

    authenticated = protect(written(), signatory=None, readers=both, at=NOW)
    usual = protect(written(), signatory=None, readers=one, at=NOW)

    assert b"smime-type=authEnveloped-data" in authenticated
    assert "aes-256-gcm" in openssl.printed(authenticated)
    assert b"smime-type=enveloped-data" in usual
    assert "aes-256-cbc" in openssl.printed(usual)


def test_it_is_signed_before_it_is_encrypted(
    openssl: Openssl, anna: Holder, office: Holder, example_ca: Holder
) -> None:
    sealed = protect(written(), signatory=Signatory(anna.identity), readers=[Reader(office.certificate)], at=NOW)

    assert b"pkcs7-signature" not in sealed
    inside = openssl.decrypted(sealed, office)
    assert openssl.verified(inside, example_ca)
    found = opened(sealed, example_ca, keys=(office,))
    assert found.result.encryption is EncryptionState.DECRYPTED
    assert found.result.signature is SignatureState.VALID
    assert found.mail.text == TEXT


def test_two_mails_that_say_the_same_have_nothing_in_common(office: Holder) -> None:
    first, second = (encrypted(written(), office) for _time in range(2))

    assert first.partition(b"\r\n\r\n")[2][400:500] != second.partition(b"\r\n\r\n")[2][400:500]


def test_a_reader_who_is_named_twice_is_one(openssl: Openssl, office: Holder) -> None:
    sealed = encrypted(written(), office, office)

    assert openssl.printed(sealed).count("d.ktri") == 1


def test_encrypting_for_nobody_is_refused_and_protecting_for_nobody_changes_nothing() -> None:
    raw = written()

    assert protect(raw, signatory=None, readers=(), at=NOW) == raw
    with pytest.raises(CannotEncrypt):
        protecting.encrypt(raw, ())


@pytest.mark.parametrize(
    "key",
    [
        ed25519.Ed25519PrivateKey.generate(),
        dsa.generate_private_key(1024),
        ec.generate_private_key(ec.SECP224R1()),
    ],
)
def test_a_key_of_another_kind_is_refused_in_words(
    key: ed25519.Ed25519PrivateKey | dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey, example_ca: Holder
) -> None:
    holder = person(example_ca, "x@example.org", name="Xenia", key=key)

    with pytest.raises(CannotEncrypt, match="Xenia has a key of a kind that we cannot encrypt for"):
        encrypted(written(), holder)


def test_a_short_key_is_refused(example_ca: Holder) -> None:
    holder = person(example_ca, "x@example.org", key=rsa.generate_private_key(65537, 1024))

    assert encryption_obstacle(holder.certificate) == "has a key of 1024 bits, and we encrypt for 2048 to 8192"


def test_a_certificate_of_a_server_is_refused(example_ca: Holder) -> None:
    holder = person(example_ca, "x@example.org", is_for_mail=False)

    assert encryption_obstacle(holder.certificate) == "was not issued for mail"


@pytest.mark.parametrize("key", [None, ec.generate_private_key(ec.SECP256R1())])
def test_a_certificate_for_signatures_alone_is_refused(
    key: ec.EllipticCurvePrivateKey | None, example_ca: Holder
) -> None:
    signs = person(example_ca, "x@example.org", key=key, usages=("digital_signature",))
    opens = person(example_ca, "x@example.org", key=key, usages=("key_encipherment", "key_agreement"))

    assert encryption_obstacle(signs.certificate) == "is for signing alone"
    assert encryption_obstacle(opens.certificate) == ""


def test_an_attachment_of_25_mb_is_signed_and_encrypted_within_a_few_times_its_size(
    anna: Holder, office: Holder, example_ca: Holder
) -> None:
    content = os.urandom(25 * 1024 * 1024)
    raw = written(attachments=(AttachmentUpload("film.bin", "application/octet-stream", content),))
    tracemalloc.start()

    sealed = protect(raw, signatory=Signatory(anna.identity), readers=[Reader(office.certificate)], at=NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 7 * len(raw)
    found = opened(sealed, example_ca, keys=(office,))
    assert found.result.signature is SignatureState.VALID
    assert attachment_content(found.entity, found.mail.attachments[0].position) == content


def test_what_nobody_could_open_because_of_its_size_is_refused(office: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protecting, "MAX_STRUCTURE_BYTES", 1000)

    with pytest.raises(CannotProtect, match="too large to open"):
        encrypted(written("x" * 2000), office)
