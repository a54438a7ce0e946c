"""Submission against servers that are hostile, broken or merely unusual; above all: what is known after a break."""

import asyncio
from collections.abc import Callable

import pytest
from pytest_django import Settings

from servers.envelope import Accepted, Envelope, Reply, UncertainDelivery
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp import Submission
from tests.servers.scripted import Conversation, scripted_server, smtp
from tests.servers.smtp_sessions import (
    ENVELOPE,
    RAW,
    answer_to_data,
    commit_slowly,
    go_ahead,
    submit,
    submit_twice,
    with_session,
)


def test_a_message_is_submitted_and_each_reply_is_kept(settings: Settings) -> None:
    def rcpt(conversation: Conversation, line: str) -> None:
        conversation.say("550 5.1.1 no such user" if "cem" in line else "250 2.1.5 ok")

    with scripted_server(smtp({"RCPT": rcpt}), settings) as server:
        receipt = submit(server.endpoint())

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

        submit(server.endpoint(), before_dot=before_dot)

    assert [(accepted.recipients, has_dot) for accepted, has_dot in at_dot] == [(ENVELOPE.rcpt_to, False)]


def test_without_an_accepted_recipient_no_data_is_sent_and_the_session_goes_on(settings: Settings) -> None:
    with scripted_server(smtp({"RCPT": ["450 4.2.0 greylisted"]}), settings) as server:
        receipts, was_usable = submit_twice(server.endpoint())

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
                await submission.submit(ENVELOPE, RAW, before_dot=go_ahead)
            failures.append(caught.value)
        return submission.is_usable

    with scripted_server(smtp({"MAIL": ["550 5.7.1 not your address"]}), settings) as server:
        was_usable = with_session(server.endpoint(), submit_both)

    assert {(failure.operation, failure.kind, failure.words) for failure in failures} == {
        (Operation.MAIL_FROM, FailureKind.PERMANENT, "550 5.7.1 not your address")
    }
    assert was_usable


@pytest.mark.parametrize(
    ("final", "is_transient"), [("451 4.3.0 try later", True), ("554 5.7.1 spam", False), ("552 5.3.4 too big", False)]
)
def test_a_negative_final_reply_is_in_the_receipt(settings: Settings, final: str, is_transient: bool) -> None:
    with scripted_server(
        smtp({"DATA": answer_to_data(lambda conversation: conversation.say(final))}), settings
    ) as server:
        receipts, was_usable = submit_twice(server.endpoint())

    assert receipts[0].final is not None
    assert receipts[0].final.is_transient == is_transient
    assert receipts[0].final.is_permanent != is_transient
    assert was_usable


def test_a_refused_data_is_the_final_reply(settings: Settings) -> None:
    with scripted_server(smtp({"DATA": ["451 4.3.1 no space"]}), settings) as server:
        receipt = submit(server.endpoint())

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
        submit(server.endpoint())

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
        submit(server.endpoint(), raw=RAW + b"x" * 20_000_000)

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
        submit(server.endpoint(), before_dot=slow_commit)

    assert caught.value.kind == FailureKind.TRANSIENT


@pytest.mark.parametrize("broken", [Conversation.close, Conversation.reset])
def test_a_connection_lost_after_the_dot_is_uncertain_for_the_accepted(
    settings: Settings, broken: Callable[[Conversation], None]
) -> None:
    def rcpt(conversation: Conversation, line: str) -> None:
        conversation.say("550 5.1.1 no such user" if "cem" in line else "250 ok")

    with (
        scripted_server(smtp({"RCPT": rcpt, "DATA": answer_to_data(broken)}), settings) as server,
        pytest.raises(UncertainDelivery) as caught,
    ):
        submit(server.endpoint())

    assert caught.value.recipients == ("bob@example.org",)
    assert caught.value.replies["cem@example.org"].is_permanent


@pytest.mark.parametrize("reply", ["what?", "354 more?", "999 odd", "-1"])
def test_a_final_reply_that_says_nothing_is_uncertain(settings: Settings, reply: str) -> None:
    with (
        scripted_server(
            smtp({"DATA": answer_to_data(lambda conversation: conversation.say(reply))}), settings
        ) as server,
        pytest.raises(UncertainDelivery),
    ):
        submit(server.endpoint())


def test_silence_after_the_dot_is_uncertain_when_the_wait_ends(settings: Settings) -> None:
    async def submit(submission: Submission) -> None:
        await submission.submit(ENVELOPE, RAW, before_dot=go_ahead, final_reply_seconds=0.2)

    with (
        scripted_server(smtp({"DATA": answer_to_data(Conversation.hear_until_end)}), settings) as server,
        pytest.raises(UncertainDelivery, match="did not confirm"),
    ):
        with_session(server.endpoint(), submit)


def test_a_refusal_in_the_middle_of_the_body_is_the_final_reply(settings: Settings) -> None:
    def refuse_in_body(conversation: Conversation, line: str) -> None:
        conversation.say("354 go ahead")
        conversation.hear()
        conversation.say("552 5.3.4 too big")
        conversation.hear_until_end()

    with scripted_server(smtp({"DATA": refuse_in_body}), settings) as server:
        receipt = submit(server.endpoint(), raw=RAW + b"x" * 30_000_000, before_dot=commit_slowly)

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
        submit(server.endpoint(), before_dot=commit_slowly)

    assert caught.value.kind == FailureKind.PROTOCOL
    assert not server.heard.endswith(b"\r\n.\r\n")


def test_when_the_caller_stops_no_dot_is_sent(settings: Settings) -> None:
    async def stop(accepted: Accepted) -> bool:
        return False

    with scripted_server(smtp(), settings) as server:
        receipt = submit(server.endpoint(), before_dot=stop)

    assert receipt.final is None
    assert receipt.accepted == ENVELOPE.rcpt_to
    assert b"\r\n.\r\n" not in server.heard


def test_when_the_caller_fails_no_dot_is_sent(settings: Settings) -> None:
    async def fail(accepted: Accepted) -> bool:
        raise LookupError("the lease is gone")

    with scripted_server(smtp(), settings) as server, pytest.raises(LookupError):
        submit(server.endpoint(), before_dot=fail)

    assert b"\r\n.\r\n" not in server.heard


def test_several_messages_go_over_one_connection(settings: Settings) -> None:
    with scripted_server(smtp(), settings) as server:
        receipts, was_usable = submit_twice(server.endpoint())

    assert [receipt.final.code for receipt in receipts if receipt.final] == [250, 250]
    assert was_usable
    assert server.connection_count == 1


def test_421_closes_the_session(settings: Settings) -> None:
    with scripted_server(smtp({"RCPT": ["421 4.3.2 shutting down"]}), settings) as server:

        async def submit(submission: Submission) -> tuple[ServerFailure, bool]:
            with pytest.raises(ServerFailure) as caught:
                await submission.submit(ENVELOPE, RAW, before_dot=go_ahead)
            return caught.value, submission.is_usable

        failure, is_usable = with_session(server.endpoint(), submit)

    assert failure.kind == FailureKind.TRANSIENT
    assert failure.reply_code == 421
    assert not is_usable


def test_a_hostile_address_never_reaches_the_wire(settings: Settings) -> None:
    envelope = Envelope("", ("bob@example.org", "x@example.org>\r\nRCPT TO:<evil@example.org"))
    with scripted_server(smtp(), settings) as server:
        receipt = submit(server.endpoint(), envelope=envelope)

    assert receipt.accepted == ("bob@example.org",)
    assert b"MAIL FROM:<>\r\n" in server.heard
    assert b"evil" not in server.heard


def test_an_international_address_needs_a_server_that_can(settings: Settings) -> None:
    envelope = Envelope("ada@example.com", ("bob@bücher.example", "bü@example.org"))
    with scripted_server(smtp(), settings) as server:
        receipt = submit(server.endpoint(), envelope=envelope)

    assert receipt.accepted == ("bob@bücher.example",)
    assert receipt.recipients["bü@example.org"].is_permanent
    assert b"RCPT TO:<bob@xn--bcher-kva.example>" in server.heard


def test_a_message_beyond_size_fails_before_it_is_sent(settings: Settings) -> None:
    with (
        scripted_server(smtp({"EHLO": ["250-mx", "250-AUTH PLAIN", "250 SIZE 10"]}), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        submit(server.endpoint())

    assert caught.value.kind == FailureKind.PERMANENT
    assert caught.value.enhanced_status == "5.3.4"
    assert b"MAIL" not in server.heard
