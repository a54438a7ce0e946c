"""Header sections with lines in them that are no fields, and with every kind of line end."""

import pytest

from mailboxes.parsing import Mail, parse

HEADERS = {
    "usual": b"From: a@example.org\r\nSubject: hi\r\n\r\nbody",
    "line-feeds": b"From: a@example.org\nSubject: hi\n\nbody",
    "returns": b"From: a@example.org\rSubject: hi\r\rbody",
    "mixed-ends": b"From: a@example.org\nSubject: hi\r\n\r\nbody",
    "doubled-returns": b"From: a@example.org\r\r\nSubject: hi\r\r\n\r\r\nbody",
    "mbox": b"From a@example.org Mon Feb  2 10:00:00 2026\nFrom: a@example.org\nSubject: hi\n\nbody",
    "quoted-mbox": b">From a@example.org Mon Feb  2 10:00:00 2026\nFrom: a@example.org\nSubject: hi\n\nbody",
    "byte-order-mark": b"\xef\xbb\xbfFrom: a@example.org\r\nSubject: hi\r\n\r\nbody",
    "leading-blank-lines": b"\r\n \r\nFrom: a@example.org\r\nSubject: hi\r\n\r\nbody",
    "leading-space": b" From: a@example.org\r\nSubject: hi\r\n\r\nbody",
    "space-in-name": b"From: a@example.org\r\nX Spam: no\r\nSubject: hi\r\n\r\nbody",
    "space-before-colon": b"From : a@example.org\r\nSubject\t: hi\r\n\r\nbody",
    "non-ascii-name": b"From: a@example.org\r\n\xdcber: x\r\nSubject: hi\r\n\r\nbody",
    "no-name": b"From: a@example.org\r\n: x\r\nSubject: hi\r\n\r\nbody",
    "no-colon": b"From: a@example.org\r\nwhat is this\r\nSubject: hi\r\n\r\nbody",
    "word-before-name": b"From: a@example.org\r\nquite Delivered-To: x@example.org\r\nSubject: hi\r\n\r\nbody",
    "ill-named-last": b"From: a@example.org\r\nSubject: hi\r\nX-Spam Status: no\r\n\r\nbody",
    "folded": b"From:\r\n a@example.org\r\nSubject:\r\n\thi\r\n\r\nbody",
    "white-continuation": b"From: a@example.org\r\n \r\nSubject: hi\r\n \t\r\n\r\nbody",
    "white-then-more": b"From: a@example.org\r\n \r\n ,\r\nSubject: hi\r\n\r\nbody",
    "no-space-behind-colon": b"From:a@example.org\r\nSubject:hi\r\n\r\nbody",
    "upper-case": b"FROM: a@example.org\r\nSUBJECT: hi\r\n\r\nbody",
    "nul": b"From: a@example.org\r\nSubject: h\x00i\r\n\r\nbody",
    "mbox-in-between": b"From: a@example.org\nFrom b@example.org Mon Feb  2\nSubject: hi\n\nbody",
    "first-subject-empty": b"From: a@example.org\r\nSubject:\r\nSubject: hi\r\n\r\nbody",
    "no-blank-line": b"From: a@example.org\r\nSubject: hi\r\nbody",
}


@pytest.mark.parametrize("raw", HEADERS.values(), ids=HEADERS.keys())
def test_fields_and_body_are_found(raw: bytes) -> None:
    mail = parse(raw)

    assert (_from(mail), mail.subject, mail.text) == ("a@example.org", "hi", "body")


def test_body_without_blank_line_may_speak_in_fields() -> None:
    mail = parse(b"From: a@example.org\r\nSubject: hi\r\nHello Anna,\r\nremember: milk\r\n\r\nBye")

    assert mail.text == "Hello Anna,\nremember: milk\n\nBye"


def test_parameter_that_lost_its_indentation_belongs_to_the_field_above() -> None:
    raw = b'Content-Type: multipart/mixed;\nboundary="b"\nSubject: hi\n\n--b\n\nbody\n--b--\n'

    mail = parse(raw)

    assert (mail.subject, mail.text) == ("hi", "body")


def test_addresses_that_lost_their_indentation_belong_to_the_field_above() -> None:
    mail = parse(b"To: a@example.org,\nb@example.org\nSubject: hi\n\nbody")

    assert [address.addr_spec for address in mail.to] == ["a@example.org", "b@example.org"]


def test_value_over_several_lines_has_one_space_for_each_break() -> None:
    mail = parse(b"Subject:  one\r\n  two\r\n\tthree \r\n four  \r\n\r\n")

    assert mail.subject == "one two three four"


SUBJECTS = {
    "absent": (b"From: a@example.org\r\n", ""),
    "tabs": (b"Subject: a\tb\r\n", "a b"),
    "raw-utf-8": ("Subject: Grüße\r\n".encode(), "Grüße"),
    "raw-latin-1": ("Subject: Grüße\r\n".encode("latin-1"), "Grüße"),
    "raw-body-charset": (
        b"Subject: " + "Привет".encode("koi8-r") + b"\r\nContent-Type: text/plain; charset=koi8-r\r\n",
        "Привет",
    ),
    "raw-iso-2022-jp": (b"Subject: " + "会議の件".encode("iso2022_jp") + b"\r\n", "会議の件"),
    "raw-iso-2022-jp-with-specials": (b"Subject: " + "あいう、<え>".encode("iso2022_jp") + b"\r\n", "あいう、<え>"),
    "encoded-word-folded": (b"Subject: =?utf-8?Q?a=C3?=\r\n =?utf-8?Q?=A4?=\r\n", "aä"),
    "line-separators": ("Subject: a\u2028b\x0bc\r\n".encode(), "abc"),
}


@pytest.mark.parametrize(("header", "subject"), SUBJECTS.values(), ids=SUBJECTS.keys())
def test_subject_is_read(header: bytes, subject: str) -> None:
    assert parse(header + b"\r\nx").subject == subject


def test_raw_8_bit_fields_are_read_in_the_charset_that_they_share() -> None:
    header = "From: 陈立 <a@example.org>\r\nSubject: 关于下周会议的安排，请您尽快确认时间\r\n"
    body = b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nbody"

    mail = parse(header.encode("gb18030") + body)

    assert [sender.display_name for sender in mail.from_] == ["陈立"]
    assert mail.subject == "关于下周会议的安排，请您尽快确认时间"


def test_every_from_counts_and_the_first_is_the_sender() -> None:
    mail = parse(b"From: A <a@example.org>\r\nFrom: b@example.org\r\n\r\n")

    assert [str(sender) for sender in mail.from_] == ["A <a@example.org>", "b@example.org"]


def test_several_to_fields_are_one_list() -> None:
    mail = parse(b"To: a@example.org\r\nTo: B <b@example.org>\r\nTo: undisclosed-recipients:;\r\n\r\n")

    assert [address.addr_spec for address in mail.to] == ["a@example.org", "b@example.org"]


SENDERS = {
    "word": (b"From: root\r\n", "root"),
    "mailer-daemon": (b"From: MAILER-DAEMON (Mail Delivery System)\r\n", "Mail Delivery System <MAILER-DAEMON>"),
    "words": (b"From: System Administrator\r\n", "System Administrator"),
    "encoded-as-a-whole": (b"From: =?utf-8?B?TcO8bGxlciA8bUBleGFtcGxlLm9yZz4=?=\r\n", "Müller <m@example.org>"),
    "raw-utf-8": ("From: Jörg Müller <j@example.org>\r\n".encode(), "Jörg Müller <j@example.org>"),
    "raw-latin-1": ("From: Jörg <j@example.org>\r\n".encode("latin-1"), "Jörg <j@example.org>"),
    "raw-iso-2022-jp": (b"From: " + "山田".encode("iso2022_jp") + b" <y@example.jp>\r\n", "山田 <y@example.jp>"),
    "empty-brackets": (b"From: <>\r\n", ""),
}


@pytest.mark.parametrize(("header", "sender"), SENDERS.values(), ids=SENDERS.keys())
def test_sender_is_read(header: bytes, sender: str) -> None:
    assert _from(parse(header + b"\r\nx")) == sender


def test_24_kilobytes_of_addresses_are_read_whole() -> None:
    addresses = [f'"Berg, Anna {number}" <anna.{number}@example.org>' for number in range(480)]

    mail = parse(b"To: " + ",\r\n ".join(addresses).encode() + b"\r\nSubject: hi\r\n\r\n")

    assert [str(address) for address in mail.to] == addresses


def _from(mail: Mail) -> str:
    return str(mail.from_[0]) if mail.from_ else ""
