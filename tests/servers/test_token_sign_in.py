"""Signing in with an OAuth token: which mechanism, what goes over the wire, and what a refusal means (RFC 7628)."""

import asyncio
import base64
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.connecting import open_inbox
from servers.endpoints import SMTP, Endpoint, Protocol, Security, SignIn
from servers.failures import FailureKind, Operation, ServerFailure
from servers.smtp import open_submission
from tests.servers.scripted import (
    Answer,
    Conversation,
    Script,
    ScriptedServer,
    imap,
    pop3,
    scripted_server,
    server_context,
    smtp,
)

TOKEN = "tok-CANARY-4a"
SIGN_IN = SignIn("ada@example.com", Secret(TOKEN), is_token=True)

PROTOCOLS = [*Protocol, SMTP]
BOTH = ("PLAIN", "XOAUTH2", "OAUTHBEARER")
OLD = ("PLAIN", "XOAUTH2")

BEARER = b"n,a=ada@example.com,\x01host=127.0.0.1\x01port=%d\x01auth=Bearer tok-CANARY-4a\x01\x01"
XOAUTH2 = b"user=ada@example.com\x01auth=Bearer tok-CANARY-4a\x01\x01"


class Tokens:
    """The server's side of AUTH and AUTHENTICATE: what it was sent, and what it says to it."""

    def __init__(self, challenge: bytes | None = None, refusal: str = "") -> None:
        self.response = b""
        self.after_refusal: bytes | None = None
        self._challenge = challenge
        self._refusal = refusal

    def script(self, protocol: str, mechanisms: Sequence[str]) -> Script:
        """Return a server for `protocol` that offers the mechanisms, over TLS."""
        plain = self._plain(protocol, mechanisms)

        def encrypted(conversation: Conversation) -> None:
            conversation.start_tls()
            plain(conversation)

        return encrypted

    def _plain(self, protocol: str, mechanisms: Sequence[str]) -> Script:
        if protocol == Protocol.IMAP:
            offered = " ".join(f"AUTH={name}" for name in mechanisms)
            answers: dict[str, Answer] = {"CAPABILITY": [f"* CAPABILITY IMAP4rev1 {offered}", "{tag} OK done"]}
            return imap({**answers, "AUTHENTICATE": self._authenticate})
        if protocol == Protocol.POP3:
            return pop3({"CAPA": ["+OK", f"SASL {' '.join(mechanisms)}", "UIDL", "."], "AUTH": self._auth_pop3})
        return smtp({"EHLO": ["250-mx.example", f"250 AUTH {' '.join(mechanisms)}"], "AUTH": self._auth_smtp})

    def _authenticate(self, conversation: Conversation, tag: str) -> None:
        self._exchange(conversation, "+ ", f"{tag} OK in", f"{tag} NO {self._refusal}")

    def _auth_pop3(self, conversation: Conversation, _line: str) -> None:
        self._exchange(conversation, "+ ", "+OK in", f"-ERR {self._refusal}")

    def _auth_smtp(self, conversation: Conversation, _line: str) -> None:
        self._exchange(conversation, "334 ", "235 2.7.0 in", f"535 5.7.8 {self._refusal}")

    def _exchange(self, conversation: Conversation, go_on: str, yes: str, no: str) -> None:
        conversation.say(go_on)
        self.response = base64.b64decode(conversation.hear())
        if self._challenge is None:
            conversation.say(yes)
            return
        conversation.say(go_on + base64.b64encode(self._challenge).decode())
        self.after_refusal = base64.b64decode(conversation.hear())
        conversation.say(no)


def sign_in_to(protocol: str, endpoint: Endpoint, sign_in: SignIn = SIGN_IN) -> None:
    if protocol != SMTP:
        with open_inbox(Protocol(protocol), endpoint, sign_in, deadline_seconds=10):
            return

    async def open_session() -> None:
        async with open_submission(endpoint, sign_in, local_hostname="hub.example", timeout=5):
            pass

    asyncio.run(open_session())


def failure_of(protocol: str, endpoint: Endpoint, sign_in: SignIn = SIGN_IN) -> ServerFailure:
    with pytest.raises(ServerFailure) as caught:
        sign_in_to(protocol, endpoint, sign_in)
    assert caught.value.operation == Operation.SIGN_IN
    return caught.value


def tls(server: ScriptedServer) -> Endpoint:
    return server.endpoint(Security.TLS)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_oauthbearer_is_taken_where_it_is_offered(settings: Settings, tmp_path: Path, protocol: str) -> None:
    tokens = Tokens()
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, BOTH), settings, context=context) as server:
        sign_in_to(protocol, tls(server))

    assert tokens.response == BEARER % server.port


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_xoauth2_is_taken_where_there_is_nothing_newer(settings: Settings, tmp_path: Path, protocol: str) -> None:
    tokens = Tokens()
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, OLD), settings, context=context) as server:
        sign_in_to(protocol, tls(server))

    assert tokens.response == XOAUTH2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_token_is_not_sent_to_a_server_that_knows_no_tokens(settings: Settings, tmp_path: Path, protocol: str) -> None:
    context = server_context(tmp_path, settings)

    with scripted_server(Tokens().script(protocol, ["PLAIN", "LOGIN"]), settings, context=context) as server:
        failure = failure_of(protocol, tls(server))

    assert failure.kind == FailureKind.SIGN_IN_REFUSED
    assert "no sign-in with an OAuth token" in failure.words


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_token_is_never_sent_without_encryption(settings: Settings, protocol: str) -> None:
    with scripted_server(Tokens()._plain(protocol, BOTH), settings) as server:
        failure = failure_of(protocol, server.endpoint())

    assert failure.kind == FailureKind.PERMANENT
    assert "unencrypted" in failure.words
    assert b"AUTH" not in bytes(server.heard)
    assert base64.b64encode(b"Bearer")[:6] not in bytes(server.heard)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("sign_in", [
    SignIn("ada\x01auth=Bearer evil", Secret(TOKEN), is_token=True),
    SignIn("ada@example.com", Secret("a\r\nA2 DELETE INBOX"), is_token=True),
], ids=["user name", "token"])  # fmt: skip
def test_control_characters_never_reach_the_wire(
    settings: Settings, tmp_path: Path, protocol: str, sign_in: SignIn
) -> None:
    tokens = Tokens()
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, BOTH), settings, context=context) as server:
        failure = failure_of(protocol, tls(server), sign_in)

    assert failure.kind == FailureKind.PERMANENT
    assert tokens.response == b""


def test_separators_in_a_user_name_are_escaped(settings: Settings, tmp_path: Path) -> None:
    tokens = Tokens()
    sign_in = SignIn("a=b,c@example.com", Secret(TOKEN), is_token=True)
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(Protocol.IMAP, BOTH), settings, context=context) as server:
        sign_in_to(Protocol.IMAP, tls(server), sign_in)

    assert tokens.response.startswith(b"n,a=a=3Db=2Cc@example.com,\x01")


CHALLENGE = json.dumps({"status": "invalid_token", "scope": "https://mail.example.com/"}).encode()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("mechanisms", "after_refusal"), [(BOTH, b"\x01"), (OLD, b"")])
def test_reason_in_the_challenge_is_among_the_words(
    settings: Settings, tmp_path: Path, protocol: str, mechanisms: Sequence[str], after_refusal: bytes
) -> None:
    tokens = Tokens(CHALLENGE, "Not you.")
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, mechanisms), settings, context=context) as server:
        failure = failure_of(protocol, tls(server))

    assert failure.kind == FailureKind.SIGN_IN_REFUSED
    assert failure.words.endswith("Not you. (status: invalid_token, scope: https://mail.example.com/)")
    assert "connect again" in failure.advice
    assert tokens.after_refusal == after_refusal


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("status", ["500", 503, "429"])
def test_trouble_on_their_side_is_transient(
    settings: Settings, tmp_path: Path, protocol: str, status: str | int
) -> None:
    tokens = Tokens(json.dumps({"status": status, "schemes": "Bearer"}).encode(), "Failed.")
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, OLD), settings, context=context) as server:
        failure = failure_of(protocol, tls(server))

    assert failure.kind == FailureKind.TRANSIENT


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("challenge", [b"", b"no json", b"[1]", b"[" * 4000, b"\xff\x00"], ids=repr)
def test_challenge_that_cannot_be_read_leaves_the_refusal(
    settings: Settings, tmp_path: Path, protocol: str, challenge: bytes
) -> None:
    tokens = Tokens(challenge, "Not you.")
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, BOTH), settings, context=context) as server:
        failure = failure_of(protocol, tls(server))

    assert failure.kind == FailureKind.SIGN_IN_REFUSED
    assert failure.words.endswith("Not you.")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_token_that_the_server_repeats_is_masked(settings: Settings, tmp_path: Path, protocol: str) -> None:
    """SECURITY B108."""
    said = f"{TOKEN} {base64.b64encode(XOAUTH2).decode()}"
    tokens = Tokens(json.dumps({"status": said}).encode(), said)
    context = server_context(tmp_path, settings)

    with scripted_server(tokens.script(protocol, OLD), settings, context=context) as server:
        failure = failure_of(protocol, tls(server))

    assert "CANARY" not in f"{failure!r} {failure} {failure.__cause__!r}"
    assert base64.b64encode(b"tok-CANARY-4a").decode()[:12] not in failure.words
    assert "••••" in failure.words
