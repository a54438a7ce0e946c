"""Encryption that is not what it should be, in all three protocols: no password goes over the wire (SECURITY TC7)."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import SMTP, Endpoint, Protocol, Security, SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp import open_submission
from tests.servers.scripted import (
    Conversation,
    Script,
    ScriptedServer,
    imap,
    pop3,
    scripted_server,
    server_context,
    smtp,
)

SIGN_IN = SignIn("ada@example.com", Secret("pw-CANARY-7"))
SECURITIES = [Security.TLS, Security.STARTTLS]
PROTOCOLS = [Protocol.IMAP, Protocol.POP3, SMTP]


def _starttls(yes: str) -> Callable[[Conversation, str], None]:
    def answer(conversation: Conversation, word: str) -> None:
        conversation.say(yes.format(tag=word))
        conversation.start_tls()

    return answer


def _script(protocol: str, security: Security) -> Script:
    if protocol == Protocol.IMAP:
        capability = ["* CAPABILITY IMAP4rev1 STARTTLS", "{tag} OK done"]
        plain = imap({"CAPABILITY": [*capability], "STARTTLS": _starttls("{tag} OK begin")})
    elif protocol == Protocol.POP3:
        plain = pop3({"CAPA": ["+OK", "STLS", "."], "STLS": _starttls("+OK begin")})
    else:
        ehlo = ["250-mx.example", "250-STARTTLS", "250 AUTH PLAIN LOGIN"]
        plain = smtp({"EHLO": [*ehlo], "STARTTLS": _starttls("220 go")})
    return plain if security == Security.STARTTLS else _encrypted(plain)


def _encrypted(plain: Script) -> Script:
    def script(conversation: Conversation) -> None:
        conversation.start_tls()
        plain(conversation)

    return script


def _sign_in(protocol: str, endpoint: Endpoint) -> None:
    async def submission() -> None:
        async with open_submission(endpoint, SIGN_IN, local_hostname="hub.example", timeout=5):
            pass

    if protocol == SMTP:
        asyncio.run(submission())
        return
    with open_inbox(Protocol(protocol), endpoint, SIGN_IN, deadline_seconds=10):
        pass


def _failure(protocol: str, server: ScriptedServer, security: Security, *, host: str = "127.0.0.1") -> ServerFailure:
    with pytest.raises(ServerFailure) as caught:
        _sign_in(protocol, server.endpoint(security, host))
    assert b"CANARY" not in server.heard
    assert caught.value.operation == Operation.TLS
    return caught.value


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_valid_certificate_lets_the_password_through(
    settings: Settings, tmp_path: Path, protocol: str, security: Security
) -> None:
    context = server_context(tmp_path, settings)
    with scripted_server(_script(protocol, security), settings, context=context) as server:
        _sign_in(protocol, server.endpoint(security))

    assert server.connection_count == 1


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_certificate_that_nobody_trusts_ends_before_the_password(
    settings: Settings, tmp_path: Path, protocol: str, security: Security
) -> None:
    context = server_context(tmp_path, settings, is_trusted=False)
    with scripted_server(_script(protocol, security), settings, context=context) as server:
        failure = _failure(protocol, server, security)

    assert failure.kind == FailureKind.CERTIFICATE


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_expired_certificate_ends_before_the_password(
    settings: Settings, tmp_path: Path, protocol: str, security: Security
) -> None:
    context = server_context(tmp_path, settings, is_expired=True)
    with scripted_server(_script(protocol, security), settings, context=context) as server:
        failure = _failure(protocol, server, security)

    assert failure.kind == FailureKind.CERTIFICATE
    assert "expired" in failure.words


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_certificate_for_another_name_ends_before_the_password(
    settings: Settings, tmp_path: Path, protocol: str, security: Security
) -> None:
    context = server_context(tmp_path, settings, names=("other.example",))
    with scripted_server(_script(protocol, security), settings, context=context) as server:
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"[::1]:{server.port}"]
        failure = _failure(protocol, server, security, host="localhost")

    assert failure.kind == FailureKind.CERTIFICATE


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tls_before_1_2_ends_before_the_password(
    settings: Settings, tmp_path: Path, protocol: str, security: Security
) -> None:
    context = server_context(tmp_path, settings)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with scripted_server(_script(protocol, security), settings, context=context) as server:
        failure = _failure(protocol, server, security)

    assert failure.kind == FailureKind.PROTOCOL


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_noise_in_place_of_tls_ends_before_the_password(settings: Settings, protocol: str) -> None:
    def noise(conversation: Conversation) -> None:
        conversation.send(b"\x00\xff\xfe" * 1000)
        conversation.hear_until_end()

    with scripted_server(noise, settings) as server:
        failure = _failure(protocol, server, Security.TLS)

    assert failure.kind in {FailureKind.PROTOCOL, FailureKind.TRANSIENT}
