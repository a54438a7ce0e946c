"""Mail that is made to take long, read from its first octet to its last (SECURITY TC5)."""

import time

import pytest

from mailboxes.inspecting import inspect

SIZE = 1024 * 1024
HEAD = (
    b"From: Mailer-Daemon <mailer-daemon@mail.example>\r\nTo: support@acme.example\r\nSubject: Undelivered Mail\r\n"
    b"In-Reply-To: <one@acme.example>\r\nMIME-Version: 1.0\r\n"
)
FILLED_HTML = {
    "brackets": b"<",
    "ampersands": b"&",
    "tags": b"<a ",
    "comments": b"<!--",
    "quotes": b'<a b="',
    "paragraphs": b"<p>",
    "quotations": b"<blockquote>x</blockquote>",
    "rows": b"<table><tr><td>x</td></tr></table>",
    "breaks": b"<br>",
    "rules": b"<p>--</p>",
    "misnested": b"<b><i></b></i>",
    "signs": "\u00a1".encode(),
}
FILLED_TEXT = {
    "B055-empty-lines": b"\r\n",
    "B057-attributions": b"On ",
    "attribution-lines": b"On Mon, Jan 1, 2024 at 1:00 PM, A B <a@b.example> wrote:\r\n",
    "signs": b">",
    "quoted": b"> x\r\n",
    "headers": b"From: a@b.example\r\nSent: Monday\r\nTo: x@y.example\r\nSubject: z\r\n\r\n",
    "failures": b"550 5.1.1 <a@b.example> unknown\r\n",
    "recipients": b"<a@b.example>:\r\n550 no\r\n\r\n",
    "addresses": b"a@b.example: ",
    "B056-files": b"begin 644 x\r\n",
    "words": b"=?utf-8?q?x?=",
    "spaces": b" ",
    "one-word": b"w",
}


@pytest.mark.parametrize("piece", FILLED_HTML.values(), ids=FILLED_HTML.keys())
def test_b050_html_full_of_one_thing_is_read_in_time(piece: bytes) -> None:
    _inspect_in_time(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + _filled(piece))


@pytest.mark.parametrize("piece", FILLED_TEXT.values(), ids=FILLED_TEXT.keys())
def test_b050_text_full_of_one_thing_is_read_in_time(piece: bytes) -> None:
    _inspect_in_time(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _filled(piece))


@pytest.mark.parametrize("name", [b"To", b"From", b"Subject", b"References", b"Received", b"Date", b"Content-Type"])
@pytest.mark.parametrize("piece", [b"a@b.example, ", b"<", b"(", b'"', b"=?utf-8?q?x?= ", b"\\", b"; a*0=x", b"x\r\n "])
def test_b050_field_full_of_one_thing_is_read_in_time(name: bytes, piece: bytes) -> None:
    _inspect_in_time(name + b": " + (piece * (200_000 // len(piece))).rstrip() + b"\r\n" + HEAD + b"\r\nHello.\r\n")


def _filled(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


def _inspect_in_time(raw: bytes) -> None:
    # Of the processor: what else the machine does is no matter of the mail.
    started = time.process_time()

    found = inspect(raw)

    assert found["kind"]
    assert time.process_time() - started < 5
