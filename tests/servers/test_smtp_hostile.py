"""Submission servers that never end, lie or stop in the middle of any step: the session ends with a failure."""

import asyncio
import time
import tracemalloc

import pytest
from pytest_django import Settings

from servers.endpoints import Endpoint
from servers.failures import FailureKind, ServerFailure
from servers.smtp import open_submission
from tests.servers.scripted import Answer, Conversation, scripted_server, smtp
from tests.servers.smtp_sessions import ENVELOPE, RAW, SIGN_IN, go_ahead

SECONDS = 0.5


def _drip(conversation: Conversation, line: str) -> None:
    while True:
        conversation.send(b"2")
        time.sleep(0.1)


def _flood(conversation: Conversation, line: str) -> None:
    while True:
        conversation.send(b"250-still here\r\n" * 1000)


def _endless_line(conversation: Conversation, line: str) -> None:
    while True:
        conversation.send(b"250 " + b"x" * 65536)


def _silence(conversation: Conversation, line: str) -> None:
    conversation.hear_until_end()


HOSTILE: dict[str, Answer] = {
    "one octet at a time": _drip,
    "endless reply": _flood,
    "line without end": _endless_line,
    "silence": _silence,
    "binary noise": [b"\x00\xff\xfe\x80" * 100],
    "no reply code": ["what?"],
    "a code of two digits": ["25 ok"],
    "a code from nowhere": ["999 ok"],
    "connection closed": lambda conversation, line: conversation.close(),
}
COMMANDS = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_hostile_answer_ends_the_session_with_a_failure(settings: Settings, command: str, hostile: str) -> None:
    """SECURITY B058 to B061, B068."""
    answers = {command: HOSTILE[hostile]}
    if command == "EHLO":
        answers["HELO"] = HOSTILE[hostile]
    began = time.monotonic()
    tracemalloc.start()
    with scripted_server(smtp(answers), settings) as server:
        outcome = _outcome(server.endpoint())
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert outcome in {FailureKind.TRANSIENT, FailureKind.PROTOCOL, FailureKind.PERMANENT, "refused"}
    assert time.monotonic() - began < 10
    assert peak < 64 * 1024 * 1024
    assert b"\r\n.\r\n" not in server.heard


def _outcome(endpoint: Endpoint) -> str:
    """Return the kind of the failure, or "refused" where the server's answer counts as one of its refusals."""

    async def submit() -> str:
        async with open_submission(endpoint, SIGN_IN, local_hostname="hub.example", timeout=SECONDS) as submission:
            receipt = await submission.submit(ENVELOPE, RAW, before_dot=go_ahead)
        is_taken = receipt.final is not None and receipt.final.is_positive
        return "taken" if is_taken else "refused"

    try:
        return asyncio.run(submit())
    except ServerFailure as failure:
        return failure.kind


@pytest.mark.parametrize(
    "ehlo", [["250-mx.example", "250 8BITMIME"], ["250-mx.example", "250 AUTH"], ["250-mx.example", "250 AUTH EVIL"]]
)
def test_a_server_that_offers_no_way_to_sign_in_gets_no_password(settings: Settings, ehlo: list[str | bytes]) -> None:
    """SECURITY B074."""
    with scripted_server(smtp({"EHLO": ehlo}), settings) as server:
        outcome = _outcome(server.endpoint())

    assert outcome in set(FailureKind)
    assert b"AUTH" not in server.heard
