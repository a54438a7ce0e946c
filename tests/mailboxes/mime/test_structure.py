"""Trees of parts, with boundaries and types as senders get them wrong (RFC 2046)."""

import base64

import pytest

from mailboxes.parsing import Mail, attachment_content, parse

HEADER = b"From: a@example.org\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain\r\n\r\n"
FILE = b'Content-Type: application/pdf; name="a.pdf"\r\n\r\n'


def _multipart(content_type: bytes, body: bytes) -> bytes:
    return HEADER + b"Content-Type: " + content_type + b"\r\n\r\n" + body


SOUND = b"--b\r\n" + TEXT + b"body\r\n--b\r\n" + FILE + b"pdf\r\n--b--\r\n"
MULTIPARTS = {
    "sound": _multipart(b"multipart/mixed; boundary=b", SOUND),
    "line-feeds": _multipart(b"multipart/mixed; boundary=b", SOUND).replace(b"\r\n", b"\n"),
    "returns": _multipart(b"multipart/mixed; boundary=b", SOUND).replace(b"\r\n", b"\r"),
    "mixed-ends": _multipart(b"multipart/mixed; boundary=b", SOUND.replace(b"\r\n", b"\n")),
    "not-closed": _multipart(b"multipart/mixed; boundary=b", SOUND.replace(b"--b--\r\n", b"")),
    "closed-without-line-end": _multipart(b"multipart/mixed; boundary=b", SOUND.rstrip()),
    "preamble-and-epilogue": _multipart(b"multipart/mixed; boundary=b", b"preamble\r\n" + SOUND + b"epilogue"),
    "spaces-behind-delimiter": _multipart(b"multipart/mixed; boundary=b", SOUND.replace(b"--b\r", b"--b \t\r")),
    "spaces-in-boundary": _multipart(b'multipart/mixed; boundary="b  "', SOUND),
    "quotes": _multipart(b'multipart/mixed; boundary="b"', SOUND),
    "open-quote": _multipart(b'multipart/mixed; boundary="b', SOUND),
    "upper-case": _multipart(b"MULTIPART/MIXED; BOUNDARY=b", SOUND),
    "no-semicolon": _multipart(b"multipart/mixed boundary=b", SOUND),
    "comment": _multipart(b"multipart/mixed; boundary=b (the boundary)", SOUND),
    "encoded-whole": HEADER
    + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(SOUND),
    "encoded-in-name-only": HEADER
    + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + SOUND,
    "boundary-missing": _multipart(b"multipart/mixed", SOUND),
    "boundary-empty": _multipart(b'multipart/mixed; boundary=""', SOUND),
    "boundary-of-another-case": _multipart(b'multipart/mixed; boundary="B"', SOUND),
    "boundary-of-another-mail": _multipart(b'multipart/mixed; boundary="other"', SOUND),
    "type-twice": HEADER + b"Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + SOUND,
    "type-twice-multipart-first": HEADER
    + b"Content-Type: multipart/mixed; boundary=b\r\nContent-type: text/plain\r\n\r\n"
    + SOUND,
    "subtype-unknown": _multipart(b"multipart/x-unheard-of; boundary=b", SOUND),
    "subtype-missing": _multipart(b"multipart; boundary=b", SOUND),
    "blank-line-before-header": _multipart(b"multipart/mixed; boundary=b", SOUND.replace(TEXT, b"\r\n" + TEXT)),
    "no-header": _multipart(b"multipart/mixed; boundary=b", SOUND.replace(TEXT, b"\r\n")),
    "inner-with-same-boundary": _multipart(
        b"multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        + TEXT
        + b"body\r\n--b--\r\n--b\r\n"
        + FILE
        + b"pdf\r\n--b--\r\n",
    ),
    "inner-not-closed": _multipart(
        b"multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n"
        + TEXT
        + b"body\r\n--b\r\n"
        + FILE
        + b"pdf\r\n--b--",
    ),
    "inner-boundary-begins-alike": _multipart(
        b"multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n"
        + TEXT
        + b"body\r\n--bb--\r\n--b\r\n"
        + FILE
        + b"pdf\r\n--b--",
    ),
    "outer-boundary-begins-alike": _multipart(
        b"multipart/mixed; boundary=bb",
        b"--bb\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        + TEXT
        + b"body\r\n--b--\r\n--bb\r\n"
        + FILE
        + b"pdf\r\n--bb--",
    ),
    "no-blank-line-before-parts": HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n" + SOUND,
    "preamble-in-the-header": HEADER
    + b"Content-Type: multipart/mixed;\r\n boundary=b\r\nThis mail has several parts.\r\n"
    + SOUND,
    "no-blank-line-in-an-inner-part": _multipart(
        b"multipart/mixed; boundary=b",
        b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n--c\r\n"
        + TEXT
        + b"body\r\n--c--\r\n--b\r\n"
        + FILE
        + b"pdf\r\n--b--",
    ),
    "spaces-in-boundary-and-lines": _multipart(b'multipart/mixed; boundary="b  "', SOUND.replace(b"--b", b"--b  ")),
    "boundary-within-text": _multipart(b"multipart/mixed; boundary=b", SOUND.replace(b"pdf\r", b"pdf --b\r")),
    "non-ascii-boundary": _multipart("multipart/mixed; boundary=ü".encode(), SOUND.replace(b"--b", "--ü".encode())),
    "latin-1-boundary": _multipart(
        "multipart/mixed; boundary=ü".encode("latin-1"), SOUND.replace(b"--b", "--ü".encode("latin-1"))
    ),
}


@pytest.mark.parametrize("raw", MULTIPARTS.values(), ids=MULTIPARTS.keys())
def test_parts_are_found(raw: bytes) -> None:
    mail = parse(raw)

    assert mail.text == "body"
    assert _names(mail) == ["a.pdf"]
    assert attachment_content(raw, mail.attachments[0].position).startswith(b"pdf")


SINGLE = {
    "no-type": (b"", "text"),
    "type-alone": (b"Content-Type: text\r\n", "text"),
    "subtype-alone": (b"Content-Type: plain\r\n", "text"),
    "nonsense": (b"Content-Type: what is this\r\n", "text"),
    "empty-type": (b"Content-Type:\r\n", "text"),
    "comment-only": (b"Content-Type: (none)\r\n", "text"),
    "charset-alone": (b"Content-Type: ; charset=utf-8\r\n", "text"),
    "multipart-of-text": (b"Content-Type: multipart/mixed; boundary=b\r\n", "text"),
    "multipart-alternative-of-text": (b"Content-Type: multipart/alternative\r\n", "text"),
    "unknown-text": (b"Content-Type: text/x-web-markdown\r\n", "text"),
    "root-with-name": (b'Content-Type: text/plain; name="message.txt"\r\n', "text"),
    "root-inline-with-name": (b'Content-Disposition: inline; filename="message.txt"\r\n', "text"),
    "unknown-disposition": (b"Content-Disposition: =?utf-8?Q?invalid?=\r\nContent-Disposition: x\r\n", "text"),
}


@pytest.mark.parametrize(("header", "text"), SINGLE.values(), ids=SINGLE.keys())
def test_mail_of_one_part_is_its_text(header: bytes, text: str) -> None:
    mail = parse(HEADER + header + b"\r\ntext")

    assert mail.text == text
    assert mail.attachments == ()


def test_html_in_a_multipart_without_parts_is_html() -> None:
    mail = parse(_multipart(b"multipart/alternative; boundary=x", b"<html><body><p>Hello</p></body></html>"))

    assert (mail.text, mail.html.startswith("<html>")) == ("Hello", True)


def test_multipart_without_any_content_is_empty() -> None:
    mail = parse(_multipart(b"multipart/mixed; boundary=b", b"--b--\r\n"))

    assert (mail.text, mail.html, mail.attachments) == ("--b--\n", "", ())


def test_thousand_parts_are_read() -> None:
    raw = _multipart(b"multipart/mixed; boundary=b", (b"--b\r\n" + FILE + b"x\r\n") * 998 + b"--b--")

    mail = parse(raw)

    assert len(mail.attachments) == 998


def test_charset_of_a_multipart_counts_for_parts_that_name_none() -> None:
    raw = _multipart(
        b"multipart/mixed; boundary=b; charset=windows-1251",
        b"--b\r\nContent-Type: text/plain\r\n\r\n\xc4\xe0\r\n--b--",
    )

    mail = parse(raw)

    assert mail.text == "Да"


def test_charset_of_another_part_counts_where_nothing_else_says_one() -> None:
    plain = b"--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n\xe4\xc1\r\n"
    html = b"--b\r\nContent-Type: text/html\r\n\r\n<p>\xe4\xc1</p>\r\n--b--"

    mail = parse(_multipart(b"multipart/alternative; boundary=b", plain + html))

    assert (mail.text, mail.html) == ("Да", "<p>Да</p>")


def _names(mail: Mail) -> list[str]:
    return [attachment.filename for attachment in mail.attachments]
