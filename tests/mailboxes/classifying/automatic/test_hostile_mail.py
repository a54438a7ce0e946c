"""Whatever somebody sends: the rules answer in bounded time, and nothing raises (SECURITY TC5)."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailboxes.classifying import automatic, feedback, requests
from mailboxes.classifying.inspected import Inspected
from mailboxes.parsing import Unreadable, parse

CORPUS = Path(__file__).parents[3] / "corpus"
CASES = [
    path.read_bytes()
    for folder in ("automatic", "feedback", "requests")
    for path in sorted((CORPUS / folder).glob("*.eml"))
]
RULES = (*feedback.RULES, *automatic.SURE_RULES, *automatic.LIKELY_RULES, *requests.RULES)
LETTER = b"From: ana@north.example\nTo: kim@harbor.example\nIn-Reply-To: <a@harbor.example>\nSubject: Re: Halls\n\n"
REPORT = (
    b"From: fbl@north.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
    b"--b\nContent-Type: message/feedback-report\n\n"
)
BOMBS = {
    "a long subject": b"From: a@north.example\nSubject: " + b"Out of office " * 20_000 + b"\n\nx",
    "brackets in the subject": b"From: a@north.example\nSubject: " + b"[" * 60_000 + b"\n\nx",
    "tags in the subject": b"From: a@north.example\nSubject: " + b"[a] " * 20_000 + b"\n\nx",
    "a long mark": b"From: a@north.example\nAuto-Submitted: " + b"(" * 60_000 + b"\n\nx",
    "absence again and again": LETTER + b"I am currently out of the office until " * 20_000,
    "ich bin, ich bin": LETTER + b"ich bin " * 60_000,
    "please, please": LETTER + b"please " * 60_000,
    "unsubscribe": LETTER + b"unsubscribe " * 60_000,
    "remove me from": LETTER + b"please remove me from the " * 20_000,
    "one long word": LETTER + b"a" * 900_000,
    "blank lines": LETTER + b"\n" * 300_000,
    "many fields": REPORT + b"Original-Rcpt-To: a@south.example\n" * 30_000,
    "many addresses": REPORT + b"Feedback-Type: abuse\nOriginal-Rcpt-To: " + b"a@south.example, " * 3_000,
    "a folded field": REPORT + b"Feedback-Type: abuse\n x" * 30_000,
    "fields in the text": LETTER + b"Feedback-Type: abuse\n\n" * 40_000,
    "this is a report": LETTER + b"this is a a a a e-mail abuse " * 30_000,
    "every octet": LETTER + bytes(range(256)) * 2_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_takes_bounded_time(name: str) -> None:
    raw = BOMBS[name]
    inspected = Inspected(raw, parse(raw))
    started = time.monotonic()

    for rule in RULES:
        rule(inspected)

    assert time.monotonic() - started < 2


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_mutated_mail_never_raises(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(CASES)))
    for _ in range(data.draw(st.integers(1, 8))):
        position = data.draw(st.integers(0, len(raw) - 1))
        raw[position : position + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
        if not raw:
            return
    try:
        inspected = Inspected(bytes(raw), parse(bytes(raw)))
    except Unreadable:
        return

    for rule in RULES:
        rule(inspected)
