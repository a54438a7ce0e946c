"""The first octets of parts."""

import base64

import pytest

from mailboxes.mime.heads import heads
from mailboxes.parsing import parse

CONTENT = bytes(range(256)) * 40


def mail(encoding: str, body: bytes) -> bytes:
    return (
        b"From: a@customer.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nHello\r\n--b\r\nContent-Type: application/octet-stream; name=x.bin\r\n"
        b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body + b"\r\n--b--\r\n"
    )


def quoted_printable() -> bytes:
    return b"=\r\n".join(
        b"".join(b"=%02X" % octet for octet in CONTENT[at : at + 20]) for at in range(0, len(CONTENT), 20)
    )


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("base64", base64.encodebytes(CONTENT)), ("quoted-printable", quoted_printable()), ("binary", CONTENT)],
)
def test_only_the_beginning_is_decoded(encoding: str, body: bytes) -> None:
    raw = mail(encoding, body)
    position = parse(raw).attachments[0].position

    assert heads(raw, [position], 300) == {position: CONTENT[:300]}


def test_a_position_that_is_not_there_is_left_out() -> None:
    assert heads(mail("base64", b"AAAA"), [7, 99], 10) == {}
