"""Reading mail: real shapes from the corpus, bombs, and anything at all."""

import email
import json
from email.message import Message
from email.policy import compat32
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes.parsing import Mail, NoSuchPart, Unreadable, attachment_content, fingerprint, parse

CORPUS = Path(__file__).parent.parent / "corpus"
SOME_HEADER = b"From: a@example.org\r\nDate: Tue, 3 Feb 2026 10:00:00 +0000\r\n"
MIXED = SOME_HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_mail_of_the_corpus_is_read_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    mail = parse(path.read_bytes())

    assert _as_json(mail) == expected


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.eml")), ids=lambda path: path.stem)
def test_parts_of_the_corpus_equal_those_of_the_standard_library(path: Path) -> None:
    raw = path.read_bytes()
    reference = email.message_from_bytes(raw, policy=compat32)
    leaves = [part for part in _leaves(reference) if not part.is_multipart()]

    contents = [attachment_content(raw, position) for position in range(len(leaves))]

    for part, content in zip(leaves, contents, strict=True):
        expected = part.get_payload(decode=True)
        is_opaque = part.get_content_maintype() == "message" or "uuencode" in str(part["Content-Transfer-Encoding"])
        assert is_opaque or part.defects or content == expected


def test_attachment_content_is_decoded_and_has_the_size_that_was_announced() -> None:
    raw = (CORPUS / "inline_image_and_file.eml").read_bytes()
    mail = parse(raw)

    contents = [attachment_content(raw, attachment.position) for attachment in mail.attachments]

    assert [len(content) for content in contents] == [attachment.size for attachment in mail.attachments]
    assert contents[0].startswith(b"\x89PNG\r\n\x1a\n")


def test_attachment_content_of_a_missing_part_raises_no_such_part() -> None:
    with pytest.raises(NoSuchPart):
        attachment_content(SOME_HEADER + b"\r\nx", 1)


def test_fingerprint_is_the_sha256_of_the_bytes() -> None:
    assert fingerprint(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_headers_are_kept_in_order_and_decoded() -> None:
    raw = b"X-One: =?utf-8?q?=C3=BC?=\r\nFrom: a@example.org\r\nX-One: folded\r\n\tvalue\r\n\r\n"

    mail = parse(raw)

    assert mail.headers == (("X-One", "ü"), ("From", "a@example.org"), ("X-One", "folded value"))


def test_text_parts_around_an_attachment_are_joined() -> None:
    part = b"--b\r\nContent-Type: %s\r\n\r\n%s\r\n"
    raw = MIXED + part % (b"text/plain", b"before") + part % (b"image/png", b"x") + part % (b"text/plain", b"after")

    mail = parse(raw + b"--b--\r\n")

    assert mail.text == "before\nafter"
    assert [attachment.content_type for attachment in mail.attachments] == ["image/png"]


def test_parts_of_a_digest_are_messages_by_default() -> None:
    raw = (
        SOME_HEADER + b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: one\r\n\r\nx\r\n--b--\r\n"
    )

    mail = parse(raw)

    assert [(part.content_type, part.filename) for part in mail.attachments] == [("message/rfc822", "one.eml")]


def test_multipart_without_boundary_is_shown_as_text() -> None:
    mail = parse(SOME_HEADER + b"Content-Type: multipart/mixed\r\n\r\nhello")

    assert mail.text == "hello"
    assert "multipart_without_boundary" in mail.defects


def test_flowed_text_is_joined_and_keeps_quotes_and_signature() -> None:
    body = b"> quoted \r\n> text\r\nmy \r\nanswer\r\n  indented\r\n-- \r\nAnna\r\n"

    mail = parse(SOME_HEADER + b"Content-Type: text/plain; format=flowed\r\n\r\n" + body)

    assert mail.text == "> quoted text\nmy answer\n indented\n-- \nAnna\n"


def test_auto_submitted_is_the_bare_keyword() -> None:
    mail = parse(b"Auto-Submitted: (x) Auto-Generated; owner-email=a@example.org\r\n\r\n")

    assert mail.auto_submitted == "auto-generated"


def test_fifty_nested_multiparts_around_a_large_body_are_read() -> None:
    nesting = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(50))

    mail = parse(SOME_HEADER + nesting + b"\r\n" + b"--b0" * 1_000_000)

    assert mail.text.startswith("--b0--b0")


def test_long_header_is_cut_and_the_body_still_found() -> None:
    mail = parse(b"X: y\r\n" * 3000 + b"\r\nthe body")

    assert mail.text == "the body"
    assert len(mail.headers) == 2000
    assert "header_cut" in mail.defects


def test_more_than_500_addresses_are_cut() -> None:
    mail = parse(b"To: " + b", ".join(b"u%d@example.org" % n for n in range(700)) + b"\r\n\r\n")

    assert len(mail.to) == 500
    assert "addresses_cut" in mail.defects


@pytest.mark.parametrize("charset", ["foo", "zip", "a\\x00b", "idna", "", "\x00"], ids=lambda name: f"B051-{name!r}")
def test_unusable_charset_yields_text(charset: str) -> None:
    raw = f'Content-Type: text/plain; charset="{charset}"\r\n\r\nHello'.encode() + b" \xfc"

    mail = parse(raw)

    assert mail.text == "Hello ü"


def test_charset_inside_html_counts_where_the_mail_names_none() -> None:
    body = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Привет'.encode("koi8-r")

    mail = parse(b"Content-Type: text/html\r\n\r\n" + body)

    assert mail.text == "Привет"


def test_b051_bytes_without_meaning_become_replacement_characters() -> None:
    mail = parse(b"Content-Type: text/plain; charset=utf-8\r\n\r\na\xffb")

    assert mail.text == "a\ufffdb"


@pytest.mark.parametrize(
    "date",
    [
        "Tue, 3 Feb 0000 10:00:00 +0000",
        "Tue, 3 Feb 99999 10:00:00 +0000",
        "Tue, 3 Feb 2026 10:00:00 +9999",
        "Tue, 31 Feb 2026 25:00:00 +0000",
        "9" * 5000,
        "yesterday",
        "",
    ],
    ids=lambda date: f"B053-{date[:30]}",
)
def test_absurd_date_is_none(date: str) -> None:
    mail = parse(f"Date: {date}\r\n\r\n".encode())

    assert mail.sent_at is None


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (b"\r\n", ""),
        (b"Subject: only", ""),
        (b"Subject: x\r\n\r\na\x00b", "ab"),
        (b"no header at all", None),
    ],
    ids=["B054-empty", "B054-line", "B054-header-only", "B054-nul", "B054-body-only"],
)
def test_mail_with_parts_missing_is_read(raw: bytes, text: str | None) -> None:
    mail = parse(raw)

    assert mail.text == (raw.decode() if text is None else text)


def test_nul_leaves_no_field_and_no_body() -> None:
    header = b"From: a\x00@example.org\r\nSubject: x\x00y\r\nMessage-ID: <a\x00b@c>\r\n"
    raw = header + b"Content-Type: text/html\r\n\r\n<p>\x00z"

    mail = parse(raw)

    assert "\x00" not in repr(mail).replace("\\x00", "\x00")


def test_b056_bad_base64_and_uuencode_are_opaque_attachments() -> None:
    raw = (CORPUS / "broken_encodings.eml").read_bytes()

    mail = parse(raw)

    assert [part.filename for part in mail.attachments] == ["fax.pdf", "x"]
    assert attachment_content(raw, 1).startswith(b"%PDF-1.4")
    assert attachment_content(raw, 2) == b"Cat"


def test_b026_utf7_is_decoded_before_anything_looks_at_it() -> None:
    mail = parse(b"Content-Type: text/html; charset=utf-7\r\n\r\n+ADw-script+AD4-alert(1)+ADw-/script+AD4-ok")

    assert mail.html == "<script>alert(1)</script>ok"
    assert mail.text == "ok"


def test_b035_file_name_with_line_break_is_cleaned() -> None:
    raw = MIXED + b"--b\r\nContent-Disposition: attachment; filename*=utf-8''a%0D%0AX-Evil%3A%201.txt\r\n\r\nx\r\n--b--"

    (attachment,) = parse(raw).attachments

    assert attachment.filename == "a X-Evil: 1.txt"


def test_b042_hostile_message_id_is_refused_and_the_mail_read() -> None:
    mail = parse(b'Message-ID: <x"\r\n X1 STORE 1 FLAGS (\\Deleted)@example.org>\r\nSubject: s\r\n\r\nbody')

    assert mail.message_id == ""
    assert mail.text == "body"


def test_b043_encoded_line_break_in_subject_is_folded() -> None:
    mail = parse(b"Subject: =?utf-8?q?hi=0d=0aBcc:_e=40x.example?=\r\n\r\n")

    assert mail.subject == "hi Bcc: e@x.example"


def test_b080_two_from_headers_give_two_senders() -> None:
    mail = parse((CORPUS / "two_senders.eml").read_bytes())

    assert [sender.addr_spec for sender in mail.from_] == ["boss@example.com", "evil@example.net"]
    assert "several_from" in mail.defects


@given(raw=st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_unreadable(raw: bytes) -> None:
    _read_all(raw)


@given(data=st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_mail_is_read_or_unreadable(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))])))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(raw)))
        length = data.draw(st.integers(0, 30))
        pieces = [b"\r\n", b"--b", b"=?utf-8?b?", b"\x00", b";", b'"', b"multipart/mixed", b"\xff", b"<", b"*0*=", b"("]
        raw[start : start + length] = data.draw(st.sampled_from(pieces) | st.binary(max_size=8))

    _read_all(bytes(raw))


def _read_all(raw: bytes) -> None:
    try:
        mail = parse(raw)
    except Unreadable:
        return
    for attachment in mail.attachments:
        assert len(attachment_content(raw, attachment.position)) == attachment.size
        assert 0 < len(attachment.filename.encode()) <= 180
    json.dumps(_as_json(mail)).encode()
    for text in (mail.text, mail.html, mail.subject, *(value for _name, value in mail.headers)):
        assert "\x00" not in text
        text.encode("utf-8")


def _leaves(part: Any) -> list[Message]:
    """The parts as the product counts them: an enclosed message is one."""
    if part.get_content_maintype() != "multipart":
        return [_without_children(part)]
    return [leaf for child in part.get_payload() for leaf in _leaves(child)]


def _without_children(part: Message) -> Message:
    if part.get_content_maintype() == "message":
        part.set_payload("")
        part.replace_header("Content-Type", "message/rfc822")
    return part


def _as_json(mail: Mail) -> dict[str, object]:
    addresses = {
        name: [str(address) for address in getattr(mail, name)] for name in ("from_", "sender", "reply_to", "to", "cc")
    }
    return addresses | {
        "message_id": mail.message_id,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "subject": mail.subject,
        "sent_at": mail.sent_at.isoformat() if mail.sent_at else None,
        "text": mail.text,
        "html": mail.html,
        "attachments": [vars(attachment) for attachment in mail.attachments],
        "auto_submitted": mail.auto_submitted,
        "defects": list(mail.defects),
    }
