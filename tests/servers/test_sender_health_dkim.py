"""SPEC M29: the keys of DKIM (RFC 6376), and what to publish."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pytest_django import Settings

from servers.sender_health.report import State
from tests.mailhub.lib.name_servers import Records
from tests.servers.sender_health import (
    KEY_NAME,
    UNKNOWN_HOST,
    dkim_of,
)


def _rsa(bits: int) -> str:
    return _encoded(rsa.generate_private_key(65537, bits).public_key())


def _encoded(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def _key_record(key: str, tags: str = "v=DKIM1; k=rsa; ") -> dict[str, Records]:
    text = f"{tags}p={key}"
    # A string of a TXT record has at most 255 octets (RFC 1035 §3.3).
    return {KEY_NAME: [" ".join(f'"{text[start : start + 250]}"' for start in range(0, len(text), 250))]}


def test_a_key_is_good(settings: Settings) -> None:
    check = dkim_of(settings, _key_record(_rsa(2048)))

    assert check.state == State.OK
    assert check.name == "fm1._domainkey.acme.example"
    assert check.record.startswith("v=DKIM1; k=rsa; p=MII")


def test_an_ed25519_key_is_good(settings: Settings) -> None:
    key = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()

    check = dkim_of(settings, _key_record(base64.b64encode(key).decode(), "v=DKIM1; k=ed25519; "))

    assert check.state == State.OK


def test_a_key_of_1024_bits_is_a_warning(settings: Settings) -> None:
    check = dkim_of(settings, _key_record(_rsa(1024)))

    assert check.state == State.WARNING
    assert "1024 bits. Receivers still take it" in check.explanation


def test_a_key_that_receivers_ignore_is_a_warning(settings: Settings) -> None:
    # The library makes no key so short: its modulus is written by hand.
    number = b"\x02\x41\x00" + b"\xff" * 64 + b"\x02\x03\x01\x00\x01"
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    sequence = b"\x30" + bytes([len(number)]) + number
    bits = b"\x03" + bytes([len(sequence) + 1]) + b"\0" + sequence
    der = b"\x30" + bytes([len(algorithm) + len(bits)]) + algorithm + bits

    check = dkim_of(settings, _key_record(base64.b64encode(der).decode()))

    assert check.state == State.WARNING
    assert "only 512 bits" in check.explanation


def test_a_revoked_key_is_a_warning(settings: Settings) -> None:
    check = dkim_of(settings, _key_record(""))

    assert check.state == State.WARNING
    assert "revoked" in check.explanation


@pytest.mark.parametrize("key", ["MIIB", "no base64!", base64.b64encode(b"0" * 200).decode()])
def test_a_damaged_key_is_a_warning(key: str, settings: Settings) -> None:
    check = dkim_of(settings, _key_record(key))

    assert check.state == State.WARNING
    assert "cannot be read" in check.explanation


def test_a_key_for_testing_is_a_warning(settings: Settings) -> None:
    check = dkim_of(settings, _key_record(_rsa(2048), "v=DKIM1; t=y:s; "))

    assert check.state == State.WARNING
    assert "testing" in check.explanation


def test_one_good_key_is_enough(settings: Settings) -> None:
    revoked = {"fm2._domainkey.acme.example TXT": ['"v=DKIM1; p="']}

    check = dkim_of(settings, revoked | _key_record(_rsa(2048)))

    assert check.state == State.OK


def test_missing_keys_of_a_provider_say_what_to_publish(settings: Settings) -> None:
    check = dkim_of(settings, {})

    assert check.state == State.MISSING
    assert [(one.name, one.type, one.value) for one in check.publish] == [
        (f"{one}._domainkey.acme.example", "CNAME", f"{one}.acme.example.dkim.fmhosted.com")
        for one in ("fm1", "fm2", "fm3")
    ]


def test_without_a_selector_nothing_is_claimed(settings: Settings) -> None:
    check = dkim_of(settings, {}, host=UNKNOWN_HOST)

    assert check.state == State.UNKNOWN
    assert "“s=”" in check.explanation


def test_a_selector_that_is_asked_for_is_looked_up(settings: Settings) -> None:
    records = {"mine._domainkey.acme.example TXT": [f'"k=ed25519; p={base64.b64encode(b"x" * 32).decode()}"']}

    check = dkim_of(settings, records, host=UNKNOWN_HOST, selector="mine")

    assert (check.state, check.name) == (State.OK, "mine._domainkey.acme.example")


def test_a_selector_without_a_key_is_missing(settings: Settings) -> None:
    check = dkim_of(settings, {}, host=UNKNOWN_HOST, selector="mine")

    assert check.state == State.MISSING
    assert "no key under mine" in check.explanation
    assert check.publish == ()
