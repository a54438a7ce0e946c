"""S/MIME that was made to break what reads it (SECURITY TC5)."""

from __future__ import annotations

import base64
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes.smime.cms import Malformed, read
from mailboxes.smime.elements import check_shape
from mailboxes.smime.finding import structure_in
from mailboxes.smime.states import EncryptionState, SignatureState
from tests.mailboxes.smime.authority import Holder, person, rsa_key
from tests.mailboxes.smime.opened import opened
from tests.mailboxes.smime.openssl import ENTITY, Openssl, mail_of
from tests.mailboxes.smime.structures import compressed_data, opaque

# A structure in a second at the most, on a machine that does other things too.
PATIENCE_SECONDS = 20


def test_a_structure_that_ends_anywhere_is_broken_and_raises_nothing(openssl: Openssl, office: Holder) -> None:
    body = openssl.encrypt(ENTITY, office).replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    whole = base64.b64decode(body)

    for end in range(0, len(whole), 7):
        result = opened(opaque(whole[:end]), keys=(office,)).result

        assert result.encryption is EncryptionState.BROKEN


def test_a_signature_with_any_octet_changed_raises_nothing_and_is_valid_only_where_nothing_signed_changed(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    signed = openssl.sign(ENTITY, anna).replace(b"\r\n", b"\n")
    head, _marker, rest = signed.rpartition(b"smime.p7s")
    head, body = head + b'smime.p7s"\n\n', rest.partition(b"\n\n")[2]
    encoded, _line, tail = body.partition(b"\n\n")
    signature = bytearray(base64.b64decode(encoded))
    dice = random.Random(7)

    states = set()
    for _time in range(250):
        changed = bytearray(signature)
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        states.add(
            opened(mail_of(head + base64.encodebytes(bytes(changed)) + b"\n" + tail), example_ca).result.signature
        )

    assert SignatureState.INVALID in states
    assert SignatureState.UNSUPPORTED in states


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(octets=st.binary(max_size=400))
def test_any_octets_are_read_or_malformed(octets: bytes) -> None:
    for structure in (octets, b"\x30\x80\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\xa0\x80\x30\x80" + octets):
        try:
            structure_in(structure)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\x30\x80" * 100_000, id="nested without an end"),
        pytest.param(b"\x30\x84\x7f\xff\xff\xff" * 10_000, id="nested longer than it is"),
        pytest.param(b"\x30\x84\x00\xf4\x24\x00" + b"\x05\x00" * 8_000_000, id="millions of elements"),
        pytest.param(b"\x30\xff" + b"\xff" * 200, id="length of 127 octets"),
        pytest.param(b"\x30\x80" + b"\x24\x80\x04\x00" * 20_000, id="octets in octets"),
        pytest.param(b"\x3f" + b"\xff" * 1_000_000, id="endless tag"),
        pytest.param(b"\x30\x03\x02\x01", id="cut"),
        pytest.param(b"\x24\x80" + b"\x04\x00" * 99_000 + b"\x00\x00", id="many empty pieces"),
    ],
)
def test_bombs_of_elements_are_malformed_soon(octets: bytes) -> None:
    began = time.monotonic()

    with pytest.raises(Malformed):
        read(octets)

    assert time.monotonic() - began < PATIENCE_SECONDS


def test_what_follows_a_structure_is_left_out() -> None:
    assert check_shape(b"\x30\x03\x02\x01\x05rest") == b"\x30\x03\x02\x01\x05"


def test_a_signature_with_too_many_signers_is_not_judged(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    others = [person(example_ca, "anna@example.com") for _time in range(5)]
    signed = openssl.sign(ENTITY, anna, *openssl.further_signers(*others))

    result = opened(mail_of(signed), example_ca).result

    assert result.signature is SignatureState.UNSUPPORTED
    assert "signers" in result.signature_reason


def test_of_two_signatures_one_that_fits_is_enough(openssl: Openssl, example_ca: Holder, anna: Holder) -> None:
    eve = person(None, "eve@example.net", name="Eve", key=rsa_key(3))
    signed = openssl.sign(ENTITY, anna, *openssl.further_signers(eve))

    result = opened(mail_of(signed), example_ca).result

    assert (result.signature, result.signer_address) == (SignatureState.VALID, "anna@example.com")


def test_compressed_data_that_is_all_air_is_not_unpacked() -> None:
    raw = opaque(compressed_data(b"\0" * (60 * 1024 * 1024)))
    began = time.monotonic()

    result = opened(raw).result

    assert result.encryption is EncryptionState.BROKEN
    assert "too large" in result.encryption_reason
    assert time.monotonic() - began < PATIENCE_SECONDS


@pytest.mark.parametrize("name", ["smime.p7m", "SMIME.P7M"])
def test_what_only_calls_itself_so_is_an_attachment_like_any_other(name: str) -> None:
    raw = mail_of(f"Content-Type: application/octet-stream; name={name}\n\nhello\n".encode())

    found = opened(raw)

    assert found.result.encryption is EncryptionState.BROKEN
    assert [one.filename for one in found.mail.attachments] == [name]


@pytest.mark.parametrize(
    ("ber", "der"),
    [
        pytest.param("3003020105", "3003020105", id="definite already"),
        pytest.param("300481020105", "300481020105", id="a length that could be shorter is kept"),
        pytest.param("30800201050000", "3003020105", id="indefinite"),
        pytest.param("3080308002010500000000", "30053003020105", id="indefinite in indefinite"),
        pytest.param("308024800401410402424300000000", "30050403414243", id="octets in pieces"),
        pytest.param("3080a080040141040142" + "00000000", "300480024142", id="implicit octets in pieces"),
        pytest.param("3080a0800401410000" + "0000", "3005a003040141", id="explicit octets"),
    ],
)
def test_a_structure_is_read_with_definite_lengths(ber: str, der: str) -> None:
    assert check_shape(bytes.fromhex(ber)).hex() == der


def test_octets_in_tens_of_thousands_of_pieces_are_read_soon(
    openssl: Openssl, example_ca: Holder, anna: Holder
) -> None:
    entity = b"Content-Type: text/plain\r\n\r\n" + b"The price is 40.\r\n" * 600_000
    raw = mail_of(openssl.sign(entity, anna, "-nodetach", "-stream"))
    began = time.monotonic()

    result = opened(raw, example_ca).result

    assert result.signature is SignatureState.VALID
    assert time.monotonic() - began < PATIENCE_SECONDS / 2
