"""Whatever somebody sends as a report: it is read in bounded time, and nothing raises (SECURITY TC5)."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes.classifying import reports
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification
from mailboxes.parsing import Unreadable, parse

CASES = [path.read_bytes() for path in sorted((Path(__file__).parents[3] / "corpus" / "bounces").glob("*.eml"))]
LETTER = b"From: MAILER-DAEMON@example.net\nSubject: Returned mail\nContent-Type: text/plain\n\n"
REPORT = (
    b"From: MAILER-DAEMON@example.net\nSubject: Returned mail\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    b"--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n"
)
MIXED = b"From: MAILER-DAEMON@example.net\nSubject: Undeliverable\nContent-Type: multipart/mixed; boundary=b\n\n"

BOMBS = {
    "many recipients": LETTER + b"\n".join(b"<u%d@example.org>: 550 policy" % number for number in range(20_000)),
    "one recipient many times": LETTER + b"<a@example.org>: 550 user unknown\n" * 20_000,
    "a long line": LETTER + b"a" * 900_000,
    "at signs": LETTER + b"a@" * 200_000,
    "spaces": LETTER + b" " * 900_000 + b"x",
    "white lines": LETTER + b"\t \n" * 300_000,
    "dashes": LETTER + b"- " * 400_000,
    "marks of copies": LETTER + b"this is a copy of the message\n" * 30_000,
    "bare header fields": LETTER + b"Received: x\n" * 60_000,
    "identifiers never closed": LETTER + b"message-id: <" * 60_000,
    "words of delay": LETTER + b"could not be delivered for more than 5 days " * 20_000,
    "opening never ended": LETTER + b"your message\n" + b"\n \t" * 60_000,
    "many groups": REPORT
    + b"\n\n".join(b"Final-Recipient: rfc822; u%d@example.org\nAction: failed" % number for number in range(5_000)),
    "one field many times": REPORT + b"Final-Recipient: rfc822; a@example.org\n" * 30_000,
    "brackets": REPORT + b"Final-Recipient: rfc822; " + b"<" * 60_000,
    "a field folded for ever": REPORT + b"Diagnostic-Code: " + b"x\n " * 30_000,
    "many reports": MIXED + b"--b\nContent-Type: message/delivery-status\n\nAction: failed\n" * 900,
    "many enclosed reports": MIXED
    + b"--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/report; report-type=delivery-status\n\n" * 900,
    "deep JSON": b'From: a@example.org\n\n{"notificationType":"Bounce","bounce":' + b'{"a":' * 20_000,
    "odd JSON": b"From: a@example.org\n\n"
    b'{"notificationType":"Bounce","bounce":{"bouncedRecipients":[1,null,{"emailAddress":7,"status":{}}]},"mail":[]}',
    "every octet": LETTER + bytes(range(256)) * 2_000,
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS.keys())
def test_crafted_report_is_read_within_seconds(raw: bytes) -> None:
    started = time.perf_counter()

    _report(raw)

    # Each takes less than half a second; the bound is for a machine that is busy.
    assert time.perf_counter() - started < 5


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    raw=st.sampled_from(CASES),
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 80), st.binary(max_size=60)), max_size=8
    ),
)
def test_damaged_report_raises_nothing(raw: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    for place, cut, put in edits:
        position = int(place * len(raw))
        raw = raw[:position] + put + raw[position + cut :]

    found = _report(raw)

    assert found is None or all(one.address and len(one.address) <= 400 for one in found.recipients)


def _report(raw: bytes) -> Classification | None:
    try:
        inspected = Inspected(raw, parse(raw))
    except Unreadable:
        return None
    verdicts = (rule(inspected) for rule in (*reports.STANDARD_RULES, *reports.TEXT_RULES))
    return next((found for found in verdicts if found is not None), None)
