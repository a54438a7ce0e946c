"""Signing in to SMTP servers, the encryption before it, and hosts that are no mail servers."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from servers.endpoints import Endpoint, Security
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp import open_submission
from tests.servers.scripted import Answer, Conversation, scripted_server, server_context, smtp
from tests.servers.smtp_sessions import (
    PASSWORD,
    submit,
)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("535 5.7.8 authentication failed", FailureKind.SIGN_IN_REFUSED),
        ("454 4.7.0 temporary authentication failure", FailureKind.TRANSIENT),
    ],
)
def test_a_refused_sign_in_is_understood_and_not_repeated(settings: Settings, answer: str, kind: FailureKind) -> None:
    with scripted_server(smtp({"AUTH": [answer]}), settings) as server, pytest.raises(ServerFailure) as caught:
        submit(server.endpoint())

    assert caught.value.operation == Operation.SIGN_IN
    assert caught.value.kind == kind
    assert caught.value.words == answer
    assert server.heard.count(b"AUTH") == 1


def test_a_password_that_the_server_repeats_is_masked(settings: Settings) -> None:
    def repeat(conversation: Conversation, line: str) -> None:
        conversation.say(f"535 5.7.8 {PASSWORD} in {line}")

    with scripted_server(smtp({"AUTH": repeat}), settings) as server, pytest.raises(ServerFailure) as caught:
        submit(server.endpoint())

    assert caught.value.words == "535 5.7.8 •••• in AUTH PLAIN ••••"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_stripped_starttls_ends_before_the_password(settings: Settings) -> None:
    with scripted_server(smtp(), settings) as server, pytest.raises(ServerFailure) as caught:
        submit(server.endpoint(Security.STARTTLS))

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
        receipt = submit(server.endpoint(Security.STARTTLS))

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
        submit(server.endpoint(security))

    assert caught.value.operation == Operation.TLS
    assert caught.value.kind == FailureKind.CERTIFICATE
    assert b"AUTH" not in server.heard


def test_a_busy_server_is_transient_in_its_own_words(settings: Settings) -> None:
    with (
        scripted_server(smtp(greeting="421 4.3.2 too busy"), settings) as server,
        pytest.raises(ServerFailure) as caught,
    ):
        submit(server.endpoint())

    assert caught.value.operation == Operation.GREETING
    assert caught.value.kind == FailureKind.TRANSIENT
    assert caught.value.words == "421 4.3.2 too busy"


@pytest.mark.parametrize("greeting", ["SSH-2.0-SECRET-INTERNAL", "+OK SECRET-INTERNAL", "* OK SECRET-INTERNAL"])
def test_a_foreign_service_is_not_quoted(settings: Settings, greeting: str) -> None:
    with scripted_server(smtp(greeting=greeting), settings) as server, pytest.raises(ServerFailure) as caught:
        submit(server.endpoint())

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
        submit(endpoint)

    assert caught.value.operation == Operation.CONNECT
    assert caught.value.kind == FailureKind.TRANSIENT
