"""Mail that is made to cost time or memory (SECURITY TC5), and what reading it costs.

Run as a module it reads every bomb under the limits that it is given: seconds of processor time, and megabytes.
"""

import json
import resource
import sys
import time

from mailboxes.mime.limits import Unreadable
from mailboxes.parsing import attachment_content, parse

SOME_HEADER = b"From: a@example.org\r\nDate: Tue, 3 Feb 2026 10:00:00 +0000\r\n"
MIXED = SOME_HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"

BOMBS: dict[str, bytes] = {
    "B050-encoded-words": b"Subject: " + b"=?utf-8?q?x?= " * 80_000 + b"\r\n\r\nx",
    "B050-long-subject": b"Subject: " + b"x" * 10_000_000 + b"\r\n\r\nx",
    "B050-address-separators": b"To: " + b"@," * 50_000 + b"\r\n\r\nx",
    "B050-parameters": b"Content-Type: text/plain" + b"; a=b" * 40_000 + b"\r\n\r\nx",
    "B050-nested-comments": b"From: " + b"(" * 3000 + b"x" + b")" * 3000 + b"\r\n\r\nx",
    "B050-open-comments": b"From: " + b"(a)((" * 3000 + b")\r\n\r\nx",
    "B050-open-quotes": b"From: " + b'"\\' * 8000 + b"\r\n\r\nx",
    "B050-enclosed-messages": b"Content-Type: message/rfc822\r\n\r\n" * 2000,
    "B050-header-lines": b"X: y\r\n" * 500_000 + b"\r\nx",
    "B050-continuation-lines": b"X: y\r\n" + b" z\r\n" * 500_000 + b"\r\nx",
    "B050-deep-html": SOME_HEADER + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 800_000,
    "B050-open-attributes": SOME_HEADER + b"Content-Type: text/html\r\n\r\n" + b"<a b='" * 700_000,
    "B050-identifiers": b"References: " + b"<" * 8000 + b"<a@b>" * 1500 + b"\r\n\r\nx",
    "B055-empty-lines": SOME_HEADER + b"\r\n" + b"\r\n" * 12_500_000,
    "B055-empty-lines-first": b"\r\n" * 12_500_000,
    "carriage-returns": b"\r" * 25_000_000,
    "B050-one-line-of-base64": SOME_HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 7_000_000,
    "B050-pieces-of-base64": SOME_HEADER + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QQ==" * 5_000_000,
    "B050-soft-breaks": SOME_HEADER + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"= \r\n" * 5_000_000,
    "B050-continuations-of-a-name": b"Content-Disposition: attachment" + b"; filename*0*=a" * 4000 + b"\r\n\r\nx",
    "B050-encoded-words-in-names": b"To: " + b"=?utf-8?b?w7w=?= <a@b>, " * 10_000 + b"\r\n\r\nx",
    "B050-groups": b"To: " + b"a:" * 30_000 + b";" * 30_000 + b"\r\n\r\nx",
    "B050-dates": b"Date: " + b" " * 60_000 + b"\r\nDate: " + b"1 Feb " * 10_000 + b"\r\n\r\nx",
    "B050-delimiters-within-text": MIXED + b"--b x\r\n" * 4_000_000,
    "B050-embedded-files": SOME_HEADER + b"\r\n" + b"begin 644 x\r\n#0V%T\r\nend\r\n" * 500_000,
    "B050-quotations": SOME_HEADER + b"Content-Type: text/html\r\n\r\n" + b"<blockquote type=cite>x" * 200_000,
    "B050-paragraphs": SOME_HEADER + b"Content-Type: text/html\r\n\r\n" + b"<p>&nbsp;<br>" * 300_000,
    "B050-flowed": SOME_HEADER + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \r\n" * 3_000_000,
    "B050-enriched": SOME_HEADER + b"Content-Type: text/enriched\r\n\r\n" + b"<param><" * 1_000_000,
    "B050-bytes-without-charset": SOME_HEADER + b"\r\n" + bytes(range(128, 256)) * 200_000,
    "B050-escapes": SOME_HEADER
    + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
    + b"\x1b$B-!\x1b(B" * 1_000_000,
    "B050-returns-and-fields": b"a:\r" * 8_000_000,
    "B050-thousand-texts": MIXED + b"".join(b"--b\r\n\r\n" + b"x" * 20_000 + b"\r\n" for _number in range(990)),
    "B050-parts-within-parts": MIXED + b"--b\r\nContent-Type: multipart/mixed\r\n\r\n" + b"--b \r\n\r\n" * 900,
}

UNREADABLE: dict[str, bytes] = {
    "B050-many-parts": MIXED + b"--b\r\n\r\nx\r\n" * 100_000,
    "B050-deep-parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (depth, depth) for depth in range(1000)
    ),
    "TC5-too-large": SOME_HEADER + b"\r\n" + b"x" * (50 * 1024 * 1024),
}


def main(megabytes: int) -> None:
    """Read every bomb; print one line of JSON for each: its name, the seconds, and whether it was readable."""
    for name, raw in (BOMBS | UNREADABLE).items():
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + megabytes * 1024 * 1024, hard))
        started = time.process_time()
        is_readable = _read(raw)
        cost = {"name": name, "seconds": time.process_time() - started, "is_readable": is_readable}
        sys.stdout.write(f"{json.dumps(cost)}\n")


def _read(raw: bytes) -> bool:
    try:
        mail = parse(raw)
        for attachment in mail.attachments[:1]:
            attachment_content(raw, attachment.position)
    except Unreadable:
        return False
    return True


def _address_space() -> int:
    """Return how many octets this process has reserved before it begins."""
    with open("/proc/self/statm", encoding="ascii") as pages:
        return int(pages.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(int(sys.argv[1]))
