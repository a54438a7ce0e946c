"""Signing in to IMAP servers, and the encryption before it."""

import ssl
from pathlib import Path

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import Protocol, Security, SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from tests.servers.imap_sessions import PASSWORD, failure_of, listing_of, mentions
from tests.servers.scripted import Answer, Conversation, imap, scripted_server, server_context


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("NO [AUTHENTICATIONFAILED] Invalid credentials", FailureKind.SIGN_IN_REFUSED),
        ("NO [UNAVAILABLE] User database is down", FailureKind.TRANSIENT),
        ("NO [ALERT] Too many simultaneous connections.", FailureKind.TRANSIENT),
        ("BAD User is authenticated but not connected.", FailureKind.TRANSIENT),
        ("BAD Syntax error", FailureKind.PROTOCOL),
        ("NO Your account is blocked", FailureKind.SIGN_IN_REFUSED),
    ],
)
def test_a_refused_sign_in_is_understood(settings: Settings, answer: str, kind: FailureKind) -> None:
    with scripted_server(imap({"LOGIN": ["{tag} " + answer]}), settings) as server:
        failure = failure_of(server.endpoint())

    assert failure.operation == Operation.SIGN_IN
    assert failure.kind == kind
    assert failure.words == answer.partition(" ")[2]


def test_a_password_that_the_server_repeats_is_masked(settings: Settings) -> None:
    login: Answer = [f"{{tag}} NO wrong password {PASSWORD} for you"]
    with scripted_server(imap({"LOGIN": login}), settings) as server:
        failure = failure_of(server.endpoint())

    assert failure.words == "wrong password •••• for you"
    assert mentions(failure, PASSWORD) == []


def test_user_name_and_password_are_quoted(settings: Settings) -> None:
    sign_in = SignIn('ada "the first"', Secret("a\\b c"))
    with (
        scripted_server(imap(), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), sign_in),
    ):
        pass

    assert b'LOGIN "ada \\"the first\\"" "a\\\\b c"\r\n' in server.heard


def test_a_password_beyond_ascii_goes_by_sasl_plain(settings: Settings) -> None:
    def authenticate(conversation: Conversation, tag: str) -> None:
        conversation.say("+ ")
        conversation.hear()
        conversation.say(f"{tag} OK signed in")

    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=PLAIN", "{tag} OK done"],
        "AUTHENTICATE": authenticate,
    }
    with (
        scripted_server(imap(answers), settings) as server,
        open_inbox(Protocol.IMAP, server.endpoint(), SignIn("ada", Secret("pässword"))),
    ):
        pass

    assert b"AGFkYQBww6Rzc3dvcmQ=\r\n" in server.heard
    assert b"LOGIN" not in server.heard


@pytest.mark.parametrize(
    ("sign_in", "folder"),
    [
        (SignIn("ada\r\nA9 DELETE INBOX", Secret("x")), "INBOX"),
        (SignIn("ada", Secret("x\r\nA9 DELETE INBOX")), "INBOX"),
        (SignIn("ada", Secret("x")), "INBOX\r\nA9 DELETE INBOX"),
    ],
)
def test_control_characters_never_reach_the_wire(settings: Settings, sign_in: SignIn, folder: str) -> None:
    with (
        scripted_server(imap(), settings) as server,
        pytest.raises(ServerFailure) as caught,
        open_inbox(Protocol.IMAP, server.endpoint(), sign_in, folder=folder),
    ):
        pass

    assert caught.value.kind == FailureKind.PERMANENT
    assert b"DELETE" not in server.heard


@pytest.mark.parametrize(
    ("greeting", "capability"),
    [
        ("* OK ready", "IMAP4rev1"),
        ("* PREAUTH signed in as somebody", "IMAP4rev1 STARTTLS"),
        ("* OK ready", "IMAP4rev1 STARTTLS"),  # the table answers STARTTLS with BAD
    ],
)
def test_stripped_starttls_ends_before_the_password(settings: Settings, greeting: str, capability: str) -> None:
    answers: dict[str, Answer] = {"CAPABILITY": [f"* CAPABILITY {capability}", "{tag} OK done"]}
    with scripted_server(imap(answers, greeting=greeting), settings) as server:
        failure = failure_of(server.endpoint(Security.STARTTLS))

    assert failure.kind == FailureKind.PROTOCOL
    assert b"CANARY" not in server.heard
    assert b"LOGIN" not in server.heard


def test_an_answer_injected_before_the_encryption_is_refused(settings: Settings, tmp_path: Path) -> None:
    def starttls(conversation: Conversation, tag: str) -> None:
        conversation.send(f"{tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n".encode())
        conversation.start_tls()

    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS", "{tag} OK done"],
        "STARTTLS": starttls,
    }
    context = server_context(tmp_path, settings)
    with scripted_server(imap(answers), settings, context=context) as server:
        failure = failure_of(server.endpoint(Security.STARTTLS))

    assert failure.operation == Operation.TLS
    assert b"CANARY" not in server.heard


def test_starttls_encrypts_before_the_password(settings: Settings, tmp_path: Path) -> None:
    def starttls(conversation: Conversation, tag: str) -> None:
        conversation.say(f"{tag} OK begin")
        conversation.start_tls()

    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS", "{tag} OK done"],
        "STARTTLS": starttls,
    }
    context = server_context(tmp_path, settings)
    with scripted_server(imap(answers), settings, context=context) as server:
        listing = listing_of(server.endpoint(Security.STARTTLS))

    assert len(listing.entries) == 1
    assert server.heard.index(b"STARTTLS") < server.heard.index(b"LOGIN")


def test_logindisabled_ends_before_the_password(settings: Settings) -> None:
    answers: dict[str, Answer] = {
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED AUTH=PLAIN", "{tag} OK done"]
    }
    with scripted_server(imap(answers), settings) as server:
        failure = failure_of(server.endpoint())

    assert failure.operation == Operation.SIGN_IN
    assert b"CANARY" not in server.heard


def test_an_unknown_authority_is_a_certificate_failure(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings, is_trusted=False)
    with scripted_server(imap(is_encrypted=True), settings, context=context) as server:
        failure = failure_of(server.endpoint(Security.TLS))

    assert failure.operation == Operation.TLS
    assert failure.kind == FailureKind.CERTIFICATE
    assert "unable to get local issuer certificate" in failure.words


def test_a_certificate_for_another_name_is_a_certificate_failure(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings, names=("other.example",))
    with scripted_server(imap(is_encrypted=True), settings, context=context) as server:
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"[::1]:{server.port}"]
        failure = failure_of(server.endpoint(Security.TLS, host="localhost"))

    assert failure.kind == FailureKind.CERTIFICATE
    assert "localhost" in failure.words


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_tls_before_1_2_is_refused(settings: Settings, tmp_path: Path) -> None:
    context = server_context(tmp_path, settings)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with scripted_server(imap(is_encrypted=True), settings, context=context) as server:
        failure = failure_of(server.endpoint(Security.TLS))

    assert failure.operation == Operation.TLS
    assert failure.kind == FailureKind.PROTOCOL
    assert b"CANARY" not in server.heard


def test_a_plain_server_on_a_tls_port_is_told_apart(settings: Settings) -> None:
    with scripted_server(imap(), settings) as server:
        failure = failure_of(server.endpoint(Security.TLS))

    assert failure.operation == Operation.TLS
    assert failure.kind == FailureKind.PROTOCOL
    assert "STARTTLS" in failure.advice


def test_a_foreign_service_is_not_quoted(settings: Settings) -> None:
    """SECURITY B016."""

    def foreign(conversation: Conversation) -> None:
        conversation.say("SSH-2.0-SECRET-INTERNAL")
        conversation.hear_until_end()

    with scripted_server(foreign, settings) as server:
        failure = failure_of(server.endpoint())

    assert failure.kind == FailureKind.PROTOCOL
    assert failure.operation == Operation.GREETING
    assert "SECRET" not in str(failure)
