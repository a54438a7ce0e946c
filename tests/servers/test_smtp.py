"""Submission against servers that are hostile, broken or merely unusual; above all: what is known after a break."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.endpoints import Endpoint, Security, SignIn
from servers.envelope import Accepted, Envelope, Receipt, Reply, UncertainDelivery
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp import Submission, open_submission
from tests.servers.scripted import Answer, Conversation, scripted_server, server_context, smtp

Result = TypeVar("Result")

PASSWORD = "pw-CANARY-3"
SIGN_IN = SignIn("ada@example.com", Secret(PASSWORD))
ENVELOPE = Envelope("ada@example.com", ("bob@example.org", "cem@example.org"))
RAW = b"Subject: Hello\r\n\r\nText\r\n"


def test_a_message_is_submitted_and_each_reply_is_kept(settings: Settings) -> None:
    def rcpt(conversation: Conversation, line: str) -> None:
        conversation.say("550 5.1.1 no such user" if "cem" in line else "250 2.1.5 ok")

    with scripted_server(smtp({"RCPT": rcpt}), settings) as server:
        receipt = _submit(server.endpoint())

    assert receipt.accepted == ("bob@example.org",)
    assert receipt.recipients["cem@example.org"].enhanced_status == "5.1.1"
    assert receipt.recipients["cem@example.org"].is_permanent
    assert receipt.final == Reply(250, "2.0.0 queued as 4711", "2.0.0")
    assert b"MAIL FROM:<ada@example.com>\r\n" in server.heard
    assert b"DATA\r\n" + RAW + b".\r\n" in server.heard


def test_before_dot_is_asked_when_everything_but_the_dot_is_with_the_server(settings: Settings) -> None:
    arrived = asyncio.Event()
    at_dot: list[tuple[Accepted, bool]] = []

    with scripted_server(smtp(), settings) as server:

        async def before_dot(accepted: Accepted) -> bool:
            while not server.heard.endswith(RAW):
                await asyncio.sleep(0.01)
            at_dot.append((accepted, bytes(server.heard).endswith(b"\r\n.\r\n")))
            arrived.set()
            return True

        _submit(server.endpoint(), before_dot=before_dot)

    assert [(accepted.recipients, has_dot) for accepted, has_dot in at_dot] == [(ENVELOPE.rcpt_to, False)]


def test_without_an_accepted_recipient_no_data_is_sent_and_the_session_goes_on(settings: Settings) -> None:
    with scripted_server(smtp({"RCPT": ["450 4.2.0 greylisted"]}), settings) as server:
        receipts, was_usable = _submit_twice(server.endpoint())

    assert [receipt.final for receipt in receipts] == [None, None]
    assert all(reply.is_transient for reply in receipts[0].recipients.values())
    assert was_usable
    assert server.heard.count(b"RSET") == 2
    assert b"DATA" not in server.heard


def test_a_refused_sender_fails_in_the_words_of_the_server_and_the_session_goes_on(settings: Settings) -> None:
    failures = []

    async def submit_both(submission: Submission) -> bool:
        for _ in range(2):
            with pytest.raises(ServerFailure) as caught:
                await submission.submit(ENVELOPE, RAW, before_dot=_go_ahead)
            failures.append(caught.value)
        return submission.is_usable

    with scripted_server(smtp({"MAIL": ["550 5.7.1 not your address"]}), settings) as server:
        was_usable = _with_session(server.endpoint(), submit_both)

    assert {(failure.operation, failure.kind, failure.words) for failure in failures} == {
        (Operation.MAIL_FROM, FailureKind.PERMANENT, "550 5.7.1 not your address")
    }
    assert was_usable


@pytest.mark.parametrize(
    ("final", "is_transient"), [("451 4.3.0 try later", True), ("554 5.7.1 spam", False), ("552 5.3.4 too big", False)]
)
def test_a_negative_final_reply_is_in_the_receipt(settings: Settings, final: str, is_transient: bool) -> None:
    with scripted_server(smtp({"DATA": _data(lambda conversation: conversation.say(final))}), settings) as server:
        receipts, was_usable = _submit_twice(server.endpoint())

    assert receipts[0].final is not None
    assert receipts[0].final.is_transient == is_transient
    assert receipts[0].final.is_permanent != is_transient
    assert was_usable


def test_a_refused_data_is_the_final_reply(settings: Settings) -> None:
    with scripted_server(smtp({"DATA": ["451 4.3.1 no space"]}), settings) as server:
        receipt = _submit(server.endpoint())

    assert receipt.final == Reply(451, "4.3.1 no space", "4.3.1")


@pytest.mark.parametrize("broken", [Conversation.close, Conversation.reset])
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_connection_lost_before_the_body_is_transient(
    settings: Settings, command: str, broken: Callable[[Conversation], None]
) -> None:
    with (
        scripted_server(smtp({command: lambda conversation, line: broken(conversation)}), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        _submit(server.endpoint())

    assert caught.value.kind == FailureKind.TRANSIENT


def test_a_reset_in_the_middle_of_the_body_is_transient(settings: Settings) -> None:
    def reset_in_body(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        conversation.hear()
        conversation.reset()

    with (
        scripted_server(smtp({"DATA": reset_in_body}), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        _submit(server.endpoint(), raw=RAW + b"x" * 20_000_000)

    assert caught.value.operation == Operation.DATA
    assert caught.value.kind == FailureKind.TRANSIENT


def test_a_connection_lost_while_the_caller_commits_is_known_not_to_be_sent(settings: Settings) -> None:
    def close_after_body(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        while conversation.hear() != "Text":
            pass
        conversation.close()

    async def slow_commit(accepted: Accepted) -> bool:
        await asyncio.sleep(0.3)
        return True

    with (
        scripted_server(smtp({"DATA": close_after_body}), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        _submit(server.endpoint(), before_dot=slow_commit)

    assert caught.value.kind == FailureKind.TRANSIENT


@pytest.mark.parametrize("broken", [Conversation.close, Conversation.reset])
def test_a_connection_lost_after_the_dot_is_uncertain_for_the_accepted(
    settings: Settings, broken: Callable[[Conversation], None]
) -> None:
    def rcpt(conversation: Conversation, line: str) -> None:
        conversation.say("550 5.1.1 no such user" if "cem" in line else "250 ok")

    with (
        scripted_server(smtp({"RCPT": rcpt, "DATA": _data(broken)}), settings) as server,
        pytest.raises(UncertainDelivery) as caught,
    ):
        _submit(server.endpoint())

    assert caught.value.recipients == ("bob@example.org",)
    assert caught.value.replies["cem@example.org"].is_permanent


@pytest.mark.parametrize("reply", ["what?", "354 more?", "999 odd", "-1"])
def test_a_final_reply_that_says_nothing_is_uncertain(settings: Settings, reply: str) -> None:
    with (
        scripted_server(smtp({"DATA": _data(lambda conversation: conversation.say(reply))}), settings) as server,
        pytest.raises(UncertainDelivery),
    ):
        _submit(server.endpoint())


def test_silence_after_the_dot_is_uncertain_when_the_wait_ends(settings: Settings) -> None:
    async def submit(submission: Submission) -> None:
        await submission.submit(ENVELOPE, RAW, before_dot=_go_ahead, final_reply_seconds=0.2)

    with (
        scripted_server(smtp({"DATA": _data(Conversation.hear_until_end)}), settings) as server,
        pytest.raises(UncertainDelivery, match="did not confirm"),
    ):
        _with_session(server.endpoint(), submit)


def test_a_refusal_in_the_middle_of_the_body_is_the_final_reply(settings: Settings) -> None:
    def refuse_in_body(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        conversation.hear()
        conversation.say("552 5.3.4 too big")
        conversation.hear_until_end()

    with scripted_server(smtp({"DATA": refuse_in_body}), settings) as server:
        receipt = _submit(server.endpoint(), raw=RAW + b"x" * 30_000_000, before_dot=_commit_slowly)

    assert receipt.final == Reply(552, "5.3.4 too big", "5.3.4")
    assert not server.heard.endswith(b"\r\n.\r\n")


def test_a_yes_before_the_dot_does_not_count(settings: Settings) -> None:
    def accept_early(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        conversation.say("250 2.0.0 queued already")
        conversation.hear_until_end()

    with (
        scripted_server(smtp({"DATA": accept_early}), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        _submit(server.endpoint(), before_dot=_commit_slowly)

    assert caught.value.kind == FailureKind.PROTOCOL
    assert not server.heard.endswith(b"\r\n.\r\n")


def test_when_the_caller_stops_no_dot_is_sent(settings: Settings) -> None:
    async def stop(accepted: Accepted) -> bool:
        return False

    with scripted_server(smtp(), settings) as server:
        receipt = _submit(server.endpoint(), before_dot=stop)

    assert receipt.final is None
    assert receipt.accepted == ENVELOPE.rcpt_to
    assert b"\r\n.\r\n" not in server.heard


def test_when_the_caller_fails_no_dot_is_sent(settings: Settings) -> None:
    async def fail(accepted: Accepted) -> bool:
        raise LookupError("the lease is gone")

    with scripted_server(smtp(), settings) as server, pytest.raises(LookupError):
        _submit(server.endpoint(), before_dot=fail)

    assert b"\r\n.\r\n" not in server.heard


def test_several_messages_go_over_one_connection(settings: Settings) -> None:
    with scripted_server(smtp(), settings) as server:
        receipts, was_usable = _submit_twice(server.endpoint())

    assert [receipt.final.code for receipt in receipts if receipt.final] == [250, 250]
    assert was_usable
    assert server.connection_count == 1


def test_421_closes_the_session(settings: Settings) -> None:
    with scripted_server(smtp({"RCPT": ["421 4.3.2 shutting down"]}), settings) as server:

        async def submit(submission: Submission) -> tuple[ServerFailure, bool]:
            with pytest.raises(ServerFailure) as caught:
                await submission.submit(ENVELOPE, RAW, before_dot=_go_ahead)
            return caught.value, submission.is_usable

        failure, is_usable = _with_session(server.endpoint(), submit)

    assert failure.kind == FailureKind.TRANSIENT
    assert failure.reply_code == 421
    assert not is_usable


def test_a_hostile_address_never_reaches_the_wire(settings: Settings) -> None:
    envelope = Envelope("", ("bob@example.org", "x@example.org>\r\nRCPT TO:<evil@example.org"))
    with scripted_server(smtp(), settings) as server:
        receipt = _submit(server.endpoint(), envelope=envelope)

    assert receipt.accepted == ("bob@example.org",)
    assert b"MAIL FROM:<>\r\n" in server.heard
    assert b"evil" not in server.heard


def test_an_international_address_needs_a_server_that_can(settings: Settings) -> None:
    envelope = Envelope("ada@example.com", ("bob@bücher.example", "bü@example.org"))
    with scripted_server(smtp(), settings) as server:
        receipt = _submit(server.endpoint(), envelope=envelope)

    assert receipt.accepted == ("bob@bücher.example",)
    assert receipt.recipients["bü@example.org"].is_permanent
    assert b"RCPT TO:<bob@xn--bcher-kva.example>" in server.heard


def test_a_message_beyond_size_fails_before_it_is_sent(settings: Settings) -> None:
    with (
        scripted_server(smtp({"EHLO": ["250-mx", "250-AUTH PLAIN", "250 SIZE 10"]}), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        _submit(server.endpoint())

    assert caught.value.kind == FailureKind.PERMANENT
    assert caught.value.enhanced_status == "5.3.4"
    assert b"MAIL" not in server.heard


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("535 5.7.8 authentication failed", FailureKind.SIGN_IN_REFUSED),
        ("454 4.7.0 temporary authentication failure", FailureKind.TRANSIENT),
    ],
)
def test_a_refused_sign_in_is_understood_and_not_repeated(settings: Settings, answer: str, kind: FailureKind) -> None:
    with scripted_server(smtp({"AUTH": [answer]}), settings) as server, pytest.raises(ServerFailure) as caught:
        _submit(server.endpoint())

    assert caught.value.operation == Operation.SIGN_IN
    assert caught.value.kind == kind
    assert caught.value.words == answer
    assert server.heard.count(b"AUTH") == 1


def test_a_password_that_the_server_repeats_is_masked(settings: Settings) -> None:
    def repeat(conversation: Conversation, line: str) -> None:
        conversation.say(f"535 5.7.8 {PASSWORD} in {line}")

    with scripted_server(smtp({"AUTH": repeat}), settings) as server, pytest.raises(ServerFailure) as caught:
        _submit(server.endpoint())

    assert caught.value.words == "535 5.7.8 •••• in AUTH PLAIN ••••"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_stripped_starttls_ends_before_the_password(settings: Settings) -> None:
    with scripted_server(smtp(), settings) as server, pytest.raises(ServerFailure) as caught:
        _submit(server.endpoint(Security.STARTTLS))

    assert caught.value.operation == Operation.TLS
    assert caught.value.kind == FailureKind.PROTOCOL
    assert b"AUTH" not in server.heard


def test_an_answer_injected_before_the_encryption_is_not_believed(settings: Settings, tmp_path: Path) -> None:
    def starttls(conversation: Conversation, line: str) -> None:
        conversation.send(b"220 go\r\n250-mx\r\n250 AUTH EVIL\r\n")
        conversation.start_tls()

    answers: dict[str, Answer] = {"EHLO": ["250-mx", "250-STARTTLS", "250 AUTH PLAIN"], "STARTTLS": starttls}
    context = server_context(tmp_path, settings)
    with scripted_server(smtp(answers), settings, context=context) as server:
        receipt = _submit(server.endpoint(Security.STARTTLS))

    assert receipt.final is not None
    assert b"EVIL" not in server.heard


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_unknown_authority_is_a_certificate_failure(settings: Settings, tmp_path: Path, security: Security) -> None:
    def starttls(conversation: Conversation, line: str) -> None:
        conversation.say("220 go")
        conversation.start_tls()

    plain = smtp({"EHLO": ["250-mx", "250 STARTTLS"], "STARTTLS": starttls})

    def encrypted(conversation: Conversation) -> None:
        conversation.start_tls()
        plain(conversation)

    context = server_context(tmp_path, settings, is_trusted=False)
    script = encrypted if security == Security.TLS else plain
    with scripted_server(script, settings, context=context) as server, pytest.raises(ServerFailure) as caught:
        _submit(server.endpoint(security))

    assert caught.value.operation == Operation.TLS
    assert caught.value.kind == FailureKind.CERTIFICATE
    assert b"AUTH" not in server.heard


def test_a_busy_server_is_transient_in_its_own_words(settings: Settings) -> None:
    with (
        scripted_server(smtp(greeting="421 4.3.2 too busy"), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        _submit(server.endpoint())

    assert caught.value.operation == Operation.GREETING
    assert caught.value.kind == FailureKind.TRANSIENT
    assert caught.value.words == "421 4.3.2 too busy"


@pytest.mark.parametrize("greeting", ["SSH-2.0-SECRET-INTERNAL", "+OK SECRET-INTERNAL", "* OK SECRET-INTERNAL"])
def test_a_foreign_service_is_not_quoted(settings: Settings, greeting: str) -> None:
    with scripted_server(smtp(greeting=greeting), settings) as server, pytest.raises(ServerFailure) as caught:
        _submit(server.endpoint())

    assert caught.value.kind == FailureKind.PROTOCOL
    assert "SECRET" not in str(caught.value)


def _drip(conversation: Conversation) -> None:
    while True:
        conversation.send(b"2")
        time.sleep(0.2)


def _flood(conversation: Conversation) -> None:
    while True:
        conversation.send(b"220-still here\r\n" * 1000)


@pytest.mark.parametrize("hostile", [_drip, _flood, Conversation.hear_until_end])
def test_a_hostile_greeting_ends_the_session(settings: Settings, hostile: Callable[[Conversation], None]) -> None:
    async def connect(endpoint: Endpoint) -> None:
        async with open_submission(endpoint, None, local_hostname="hub.example", timeout=0.5):
            pass

    began = time.monotonic()
    with scripted_server(hostile, settings) as server, pytest.raises(ServerFailure) as caught:
        asyncio.run(connect(server.endpoint()))

    assert caught.value.kind in {FailureKind.TRANSIENT, FailureKind.PROTOCOL}
    assert time.monotonic() - began < 5


def test_nobody_listening_is_transient(settings: Settings) -> None:
    with scripted_server(smtp(), settings) as server:
        endpoint = server.endpoint()

    with pytest.raises(ServerFailure) as caught:
        _submit(endpoint)

    assert caught.value.operation == Operation.CONNECT
    assert caught.value.kind == FailureKind.TRANSIENT


def _data(after_dot: Callable[[Conversation], None]) -> Answer:
    def answer(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        while conversation.hear() != ".":
            pass
        after_dot(conversation)

    return answer


async def _go_ahead(accepted: Accepted) -> bool:
    return True


async def _commit_slowly(accepted: Accepted) -> bool:
    await asyncio.sleep(0.2)
    return True


def _submit(
    endpoint: Endpoint,
    *,
    envelope: Envelope = ENVELOPE,
    raw: bytes = RAW,
    before_dot: Callable[[Accepted], Awaitable[bool]] = _go_ahead,
) -> Receipt:
    async def submit(submission: Submission) -> Receipt:
        return await submission.submit(envelope, raw, before_dot=before_dot)

    return _with_session(endpoint, submit)


def _submit_twice(endpoint: Endpoint) -> tuple[list[Receipt], bool]:
    async def submit(submission: Submission) -> tuple[list[Receipt], bool]:
        receipts = [await submission.submit(ENVELOPE, RAW, before_dot=_go_ahead) for _ in range(2)]
        return receipts, submission.is_usable

    return _with_session(endpoint, submit)


def _with_session(endpoint: Endpoint, action: Callable[[Submission], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with open_submission(endpoint, SIGN_IN, local_hostname="hub.example", timeout=5) as submission:
            return await action(submission)

    return asyncio.run(run())
