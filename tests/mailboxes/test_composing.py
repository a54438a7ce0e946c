"""Mail that we write: what every server takes, and no value that becomes a header (SECURITY TC4)."""

import unicodedata
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailboxes.addresses import Address
from mailboxes.composing import (
    AttachmentUpload,
    Composition,
    CompositionRefused,
    compose,
    references_for_reply,
    reply_subject,
)
from mailboxes.parsing import attachment_content, parse

ANNA = Address("Anna Berg", "anna@example.com")
BOB = Address("", "bob@example.org")


def composition(**changes: Any) -> Composition:
    values: dict[str, Any] = {
        "from_": ANNA,
        "to": (BOB,),
        "subject": "Offer",
        "text": "Hello",
        "message_id": "1@example.com",
        "date": datetime(2026, 2, 3, 10, 12, tzinfo=UTC),
    }
    return Composition(**(values | changes))


def read(raw: bytes) -> Message:
    return BytesParser(policy=compat32).parsebytes(raw)


def test_plain_mail_has_the_fields_that_were_asked_for_and_no_bcc() -> None:
    raw = compose(composition(cc=(ANNA,), reply_to=(BOB,), in_reply_to="0@example.com", references=("0@example.com",)))

    mail = read(raw)

    assert {name: mail[name] for name in mail if not name.startswith(("MIME", "Content"))} == {
        "From": "Anna Berg <anna@example.com>",
        "To": "bob@example.org",
        "Cc": "Anna Berg <anna@example.com>",
        "Reply-To": "bob@example.org",
        "Subject": "Offer",
        "Date": "Tue, 03 Feb 2026 10:12:00 +0000",
        "Message-ID": "<1@example.com>",
        "In-Reply-To": "<0@example.com>",
        "References": "<0@example.com>",
    }


def test_mail_without_visible_recipient_names_an_empty_group() -> None:
    assert read(compose(composition(to=())))["To"] == "undisclosed-recipients:;"


def test_content_is_ascii_with_crlf_and_short_lines_whatever_it_holds() -> None:
    raw = compose(composition(text="ü" * 5000 + "\r.\n.\nMAIL FROM", html="<p>" + "x" * 5000, subject="ü" * 500))

    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_b049_lone_dots_and_line_ends_arrive_as_text() -> None:
    raw = compose(composition(text="one\n.\nMAIL FROM:<x@example.net>\rtwo\r\nthree"))

    assert parse(raw).text == "one\n.\nMAIL FROM:<x@example.net>\ntwo\nthree\n"


def test_text_is_derived_from_html_where_it_is_missing() -> None:
    raw = compose(composition(text="", html='<p>Hello <b>Bob</b></p><p><a href="https://example.com/x">More</a></p>'))

    mail = parse(raw)

    assert "Hello Bob" in mail.text
    assert "https://example.com/x" in mail.text
    assert "<b>Bob</b>" in mail.html


def test_attachments_keep_their_names_types_and_bytes() -> None:
    uploads = (
        AttachmentUpload("Übersicht, 2026.pdf", "application/pdf", b"%PDF\x00\xff"),
        AttachmentUpload("data.csv", "text/csv", b"a;b\n1;2\n"),
        AttachmentUpload("../../x", 'text/html"><script>', b"x"),
        AttachmentUpload("inner.eml", "message/rfc822", b"Subject: inner\n\nhello\n"),
        AttachmentUpload("latin.eml", "message/rfc822", b"Subject: \xe4\n\nhello\n"),
        AttachmentUpload("parts", "multipart/mixed", b"--x"),
    )

    raw = compose(composition(html="<p>Hi</p>", attachments=uploads))

    found = parse(raw).attachments
    assert [(part.filename, part.content_type) for part in found] == [
        ("Übersicht, 2026.pdf", "application/pdf"),
        ("data.csv", "text/csv"),
        ("x", "application/octet-stream"),
        ("inner.eml", "message/rfc822"),
        ("latin.eml", "application/octet-stream"),
        ("parts", "application/octet-stream"),
    ]
    assert attachment_content(raw, found[0].position) == b"%PDF\x00\xff"
    assert attachment_content(raw, found[3].position) == b"Subject: inner\r\n\r\nhello\r\n"
    assert "filename*=utf-8''%C3%9Cbersicht%2C%202026.pdf" in raw.decode()


def test_enclosed_message_alone_makes_a_multipart() -> None:
    raw = compose(composition(attachments=(AttachmentUpload("a.eml", "message/rfc822", b"Subject: x\n\ny"),)))

    mail = parse(raw)

    assert mail.text.strip() == "Hello"
    assert [part.content_type for part in mail.attachments] == ["message/rfc822"]


def test_long_identifiers_are_never_encoded() -> None:
    identifiers = tuple(f"{'x' * 90}{n}@example.com" for n in range(5))

    raw = compose(composition(message_id=identifiers[0], in_reply_to=identifiers[1], references=identifiers))

    mail = parse(raw)
    assert (mail.message_id, mail.in_reply_to, mail.references) == (identifiers[0], identifiers[1:2], identifiers)
    assert b"=?" not in raw


def test_name_with_comma_and_umlaut_stays_one_address() -> None:
    many = tuple(Address(f"Müller, Änne {n}", f"u{n}@example.org") for n in range(50))

    mail = parse(compose(composition(to=many)))

    assert mail.to == many


def test_international_domain_goes_out_in_ascii() -> None:
    assert read(compose(composition(to=(Address("", "a@müller.example"),))))["To"] == "a@xn--mller-kva.example"


HOSTILE = [
    "a\r\nBcc: z@z.example",
    "a\n\nbody",
    "a\x0bb",
    "a\x1cb",
    "a\u2028Bcc: z@z.example",
    "a\x85b",
    "=?utf-8?q?=0d=0aBcc:?=",
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: f"B043-B044-B045-{value!r}")
def test_hostile_value_stays_inside_its_field(value: str) -> None:
    raw = compose(
        composition(
            from_=Address(value, "anna@example.com"),
            to=(Address(value, "bob@example.org"),),
            reply_to=(Address(value, "bob@example.org"),),
            subject=value,
            extra_headers=(("Auto-Submitted", "auto-replied"), ("X-Custom", value)),
            attachments=(AttachmentUpload(value, "text/plain", b"x"),),
        )
    )

    mail = read(raw)
    assert mail["Bcc"] is None
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail.get_all("From") is not None
    assert len(mail.get_all("From", [])) == 1
    assert len(parse(raw).to) == 1


@pytest.mark.parametrize(
    "name",
    ["X\r\nBcc", "Bcc", "bcc", "From", "Content-Type", "MIME-Version", "Resent-To", "X Y", "", "Sender", "X-Ü"],
    ids=lambda name: f"B046-{name!r}",
)
def test_header_that_is_not_the_callers_is_refused(name: str) -> None:
    with pytest.raises(CompositionRefused):
        compose(composition(extra_headers=((name, "x"),)))


@pytest.mark.parametrize(
    "changes",
    [
        {"from_": Address("", "a@b\r\nBcc: c@d")},
        {"to": (Address("", 'x"@example.com, b@example.org'),)},
        {"to": (Address("", "ü@example.org"),)},
        {"to": (Address("", "MAILER-DAEMON"),)},
        {"message_id": ""},
        {"message_id": "a@b> <c@d"},
        {"references": ("not one",)},
        {"in_reply_to": 'x"\r\nX1 STORE@example.com'},
        {"date": datetime(2026, 2, 3)},  # noqa: DTZ001
        {"extra_headers": (("X-A", "1"), ("x-a", "2"))},
        {"extra_headers": (("X-A", "x" * 2000),)},
    ],
    ids=str,
)
def test_value_that_cannot_be_written_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(CompositionRefused):
        compose(composition(**changes))


words = st.text(max_size=120)


@given(name=words, subject=words, text=words, html=words, filename=words, content=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_what_was_composed_is_what_is_parsed(
    name: str, subject: str, text: str, html: str, filename: str, content: bytes
) -> None:
    upload = AttachmentUpload(filename, "application/pdf", content)

    raw = compose(
        composition(
            from_=Address(name, "anna@example.com"), subject=subject, text=text, html=html, attachments=(upload,)
        )
    )

    mail = parse(raw)
    assert [address.addr_spec for address in mail.from_] == ["anna@example.com"]
    assert [address.addr_spec for address in mail.to] == ["bob@example.org"]
    assert mail.message_id == "1@example.com"
    assert [attachment_content(raw, part.position) for part in mail.attachments] == [content]
    assert mail.defects == ()


@given(subject=st.text(alphabet=st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"]), max_size=200))
@settings(max_examples=100, deadline=None)
def test_visible_subject_arrives_as_it_was(subject: str) -> None:
    mail = parse(compose(composition(subject=subject)))

    assert mail.subject == unicodedata.normalize("NFC", subject)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Offer", "Re: Offer"),
        ("Re: Offer", "Re: Offer"),
        ("RE: AW: Re[2]: SV : Offer", "Re: Offer"),
        ("回复：报价", "Re: 报价"),
        ("Fwd: Offer", "Re: Fwd: Offer"),
        ("Reply: it", "Re: Reply: it"),
        ("Re:", "Re:"),
        ("", "Re:"),
        ("a\r\nBcc: x", "Re: a Bcc: x"),
        ("Re: " * 5000 + "x", "Re: x"),
    ],
)
def test_reply_subject_does_not_stack(subject: str, expected: str) -> None:
    assert reply_subject(subject) == expected


def test_references_of_a_reply_end_with_the_parent() -> None:
    assert references_for_reply("b@x", ("a@x",)) == ("a@x", "b@x")
    assert references_for_reply("b@x", ("b@x", "a@x")) == ("a@x", "b@x")
    assert references_for_reply("", ("a@x",)) == ("a@x",)


def test_long_references_keep_the_first_and_the_newest() -> None:
    chain = references_for_reply("p@x", tuple(f"{n}@x" for n in range(50)))

    assert len(chain) == 20
    assert (chain[0], chain[-2], chain[-1]) == ("0@x", "49@x", "p@x")
