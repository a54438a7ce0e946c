"""Transfer encodings, sound and broken (RFC 2045 §6, and uuencode)."""

import base64
import binascii
import random
import time

import pytest

from mailboxes.mime.transfer import decode, decoded_size, encoding_named

ENCODINGS = {
    "base64": "base64",
    "BASE64": "base64",
    ' "base64" ': "base64",
    "base64;": "base64",
    "base-64": "base64",
    "quoted-printable; charset=utf-8": "quoted-printable",
    "Quoted-Printable (note)": "quoted-printable",
    "quoted printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "x-uuencode": "x-uuencode",
    "uuencode": "x-uuencode",
    "X-UUE": "x-uuencode",
    "7bit": "7bit",
    "8bit": "7bit",
    "8BITS": "7bit",
    "binary": "7bit",
    "plain": "7bit",
    "text/html": "7bit",
    "": "7bit",
}


@pytest.mark.parametrize(("value", "encoding"), ENCODINGS.items(), ids=ENCODINGS.keys())
def test_name_of_an_encoding_is_understood(value: str, encoding: str) -> None:
    assert encoding_named(value) == encoding


BODIES = {
    "base64": ("base64", b"SGVsbG8g\r\nd29ybGQ=\r\n", b"Hello world"),
    "base64-no-padding": ("base64", b"SGVsbG8gd29ybGQ", b"Hello world"),
    "base64-garbage": ("base64", b"SGVs*bG8g\xff d29y-bGQ=", b"Hello world"),
    "base64-pieces": ("base64", b"SGVsbG8g\r\nd28=\r\ncmxk\r\n", b"Hello world"),
    "base64-digit-behind-padding": ("base64", b"SGVsbG8gd29ybGQ=0", b"Hello world"),
    "base64-pieces-in-a-line": ("base64", b"SA==ZWxsbw==", b"Hello"),
    "base64-stray-digit": ("base64", b"SGVsbG8gd29ybGQ=A", b"Hello world"),
    "base64-text-below": ("base64", b"SGVsbG8h\r\n\r\n-- \r\nList info: example.org\r\n", b"Hello!"),
    "base64-blank-line-within": ("base64", b"SGVs\r\n\r\nbG8h\r\n", b"Hello!"),
    "base64-leading-blank-lines": ("base64", b"\r\n\r\nSGVsbG8h", b"Hello!"),
    "base64-empty": ("base64", b"", b""),
    "qp": ("quoted-printable", b"Gr=C3=BC=C3=9Fe", "Grüße".encode()),
    "qp-lower-case": ("quoted-printable", b"Gr=c3=bc", "Grü".encode()),
    "qp-soft-break": ("quoted-printable", b"a=\r\nb", b"ab"),
    "qp-soft-break-bare": ("quoted-printable", b"a=\nb", b"ab"),
    "qp-soft-break-padded": ("quoted-printable", b"a= \t \r\nb", b"ab"),
    "qp-soft-break-return": ("quoted-printable", b"a=\rb\rc", b"ab\nc"),
    "qp-soft-break-at-end": ("quoted-printable", b"a=", b"a"),
    "qp-lone-equals": ("quoted-printable", b"1 = 2 =zz", b"1 = 2 =zz"),
    "qp-raw-bytes": ("quoted-printable", b"\xe4=E4", b"\xe4\xe4"),
    "uuencode": ("x-uuencode", b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
    "uuencode-text-around": ("x-uuencode", b"see:\nbegin 644 c\n#0V%T\n \nend\nbye", b"Cat"),
    "uuencode-broken-line": ("x-uuencode", b"begin 644 c\n#0V%T\n#\x7f\x7f\n#0V%T\nend\n", b"CatCat"),
    "uuencode-none": ("x-uuencode", b"no begin", b"no begin"),
    "identity": ("7bit", b"=41 QQ==", b"=41 QQ=="),
}


@pytest.mark.parametrize(("encoding", "body", "octets"), BODIES.values(), ids=BODIES.keys())
def test_body_is_decoded_and_its_size_known(encoding: str, body: bytes, octets: bytes) -> None:
    assert decode(body, encoding) == octets
    assert decoded_size(b"--" + body + b"==", 2, 2 + len(body), encoding) == len(octets)


def test_well_formed_bodies_of_any_length_come_back() -> None:
    chance = random.Random(7)
    for size in range(200):
        octets = chance.randbytes(size)

        assert decode(base64.encodebytes(octets), "base64") == octets
        assert decode(base64.encodebytes(octets).replace(b"\n", b"\r\n"), "base64") == octets
        assert decode(binascii.b2a_qp(octets, istext=False), "quoted-printable") == octets
        assert _size(base64.encodebytes(octets)) == size


def _size(body: bytes) -> int:
    return decoded_size(body, 0, len(body), "base64")


@pytest.mark.parametrize(
    "piece", [b"=", b"a=", b"= ", b"=\r\n", b"\r\n", b"begin 644 a\n", b"M", b"begin 644 a\n#0V%T\n", b" \n", b"QQ=="]
)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode"])
def test_b050_long_body_takes_linear_time(piece: bytes, encoding: str) -> None:
    started = time.monotonic()

    decode(piece * (2_000_000 // len(piece)), encoding)

    assert time.monotonic() - started < 3
