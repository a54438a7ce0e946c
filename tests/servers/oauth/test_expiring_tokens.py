"""A token that expires in the middle of a session ends it; the next session begins with another token."""

import base64
import ssl
from pathlib import Path

import pytest
from pytest_django import Settings

from mailhub import clock
from servers.endpoints import Security
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import IncomingServer
from servers.opening import open_inbox_of
from tests.factories import Cast, make_incoming
from tests.realservers.token_server import TokenServer
from tests.servers.oauth.credentials import by_refresh_token
from tests.servers.scripted import Answer, Conversation, Script, imap, scripted_server

pytestmark = pytest.mark.usefixtures("scope")


class ForgetfulServer:
    """An IMAP server whose sessions end when their token does: one token gets as far as UID SEARCH."""

    def __init__(self) -> None:
        self.tokens: list[bytes] = []
        self._expired: set[bytes] = set()

    @property
    def script(self) -> Script:
        answers: dict[str, Answer] = {
            "CAPABILITY": ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2", "{tag} OK done"],
            "AUTHENTICATE": self._sign_in,
            "UID SEARCH": self._expire,
        }
        return imap(answers, is_encrypted=True)

    def _sign_in(self, conversation: Conversation, tag: str) -> None:
        conversation.say("+ ")
        token = base64.b64decode(conversation.hear()).split(b"Bearer ")[1].rstrip(b"\x01")
        self.tokens.append(token)
        conversation.say(f"{tag} NO AUTHENTICATE failed." if token in self._expired else f"{tag} OK in")

    def _expire(self, conversation: Conversation, tag: str) -> None:
        if len(set(self.tokens)) > 1:
            conversation.say("* SEARCH", f"{tag} OK done")
            return
        self._expired.add(self.tokens[-1])
        conversation.say("* BYE Session invalidated - AccessTokenExpired")
        conversation.close()


@pytest.fixture
def server_side(tmp_path: Path, token_server: TokenServer) -> ssl.SSLContext:
    """The context of a mail server with the certificate of the token server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context


def test_next_session_begins_with_another_token(
    cast: Cast, token_server: TokenServer, server_side: ssl.SSLContext, settings: Settings
) -> None:
    forgetful = ForgetfulServer()

    with scripted_server(forgetful.script, settings, context=server_side) as scripted:
        server: IncomingServer = make_incoming(
            cast.mailbox,
            host="127.0.0.1",
            port=scripted.port,
            security=Security.TLS,
            oauth=by_refresh_token(cast.mailbox, token_server),
        )
        with pytest.raises(ServerFailure) as caught, open_inbox_of(server, now=clock.now()) as inbox:
            inbox.list_new(None)
        with open_inbox_of(server, now=clock.now()) as inbox:
            listing = inbox.list_new(None)

    assert caught.value.operation == Operation.LIST
    assert caught.value.kind == FailureKind.TRANSIENT
    assert "AccessTokenExpired" in caught.value.words
    assert listing.entries == []
    assert len(forgetful.tokens) == 3
    assert forgetful.tokens[0] == forgetful.tokens[1] != forgetful.tokens[2]
    assert len(token_server.requests) == 2
