"""The connection test of servers whose sign-in has to be brought first: a token, or a secret that does not open."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailhub import clock
from servers.models import IncomingServer, OAuthCredential
from tests.factories import Cast, make_incoming, make_outgoing
from tests.mailboxes.setup.typed import SECRET, incoming
from tests.realservers.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer, refusal
from tests.servers.oauth.credentials import by_refresh_token
from tests.servers.scripted import ScriptedServer, scripted_server
from tests.servers.test_token_sign_in import BOTH, Tokens

pytestmark = pytest.mark.usefixtures("scope")

UNSAVED = reverse("mailboxes:connection-test-incoming")


@pytest.fixture
def imap_server(tmp_path: Path, token_server: TokenServer, settings: Settings) -> Iterator[ScriptedServer]:
    """An IMAP server that takes every token; its certificate is that of the token server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with scripted_server(Tokens().script("imap", BOTH), settings, context=context) as server:
        yield server


def typed(imap_server: ScriptedServer, **oauth: str) -> dict[str, str]:
    place = {"protocol": "imap", "host": "127.0.0.1", "port": str(imap_server.port), "security": "tls"}
    secrets = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **oauth}
    fields = {"enabled": "on", "provider": "gmail", "method": "refresh_token", **secrets}
    return incoming(**place, password="") | {f"incoming-oauth_{name}": value for name, value in fields.items()}


def saved(cast: Cast, token_server: TokenServer, imap_server: ScriptedServer) -> IncomingServer:
    place = {"host": "127.0.0.1", "port": imap_server.port, "security": "tls", "username": "support@example.com"}
    credential = by_refresh_token(cast.mailbox, token_server)
    OAuthCredential.objects.update(username="support@example.com")
    return make_incoming(cast.mailbox, oauth=credential, **place)


def outcome_of(browser: Client, server: IncomingServer) -> Any:
    return browser.post(reverse("mailboxes:incoming-test", args=[server.mailbox_id, server.pk]))


def steps(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    return {step.label: step.state for step in answer.context["steps"]}


WORKS = {
    "Get an access token": "ok",
    "Look up the host name": "ok",
    "Connect": "ok",
    "Encrypt the connection": "ok",
    "Sign in": "ok",
    "Open the inbox": "ok",
}


@pytest.mark.parametrize("direction", ["incoming", "outgoing"])
def test_password_that_cannot_be_opened_is_a_failed_step(owner: Client, cast: Cast, direction: str) -> None:
    server = make_incoming(cast.mailbox) if direction == "incoming" else make_outgoing(cast.mailbox)
    type(server).objects.update(password=b"sealed for somebody else")

    answer = owner.post(reverse(f"mailboxes:{direction}-test", args=[cast.mailbox.pk, server.pk]))

    found = steps(answer)
    assert found["Sign in"] == "failed"
    assert set(found.values()) == {"failed", "skipped"}
    assert "The saved password cannot be opened, so it was not sent." in answer.content.decode()


def test_oauth_secret_that_cannot_be_opened_is_a_failed_step(
    owner: Client, cast: Cast, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    server = saved(cast, token_server, imap_server)
    OAuthCredential.objects.update(refresh_token=b"sealed for somebody else")

    found = steps(outcome_of(owner, server))

    assert found["Get an access token"] == "failed"
    assert token_server.requests == []


def test_token_is_a_step_of_its_own(owner: Client, token_server: TokenServer, imap_server: ScriptedServer) -> None:
    answer = owner.post(UNSAVED, typed(imap_server, refresh_token=token_server.new_refresh_token("ada@harbor.example")))

    assert steps(answer) == WORKS
    assert "used for 59 minutes" in answer.content.decode()
    assert "save before you test" in answer.content.decode()
    assert not OAuthCredential.objects.exists()


def test_refusal_of_the_provider_is_told_in_its_words(
    owner: Client, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    token_server.refuses = refusal("invalid_grant", f"{SECRET} has been revoked.")

    answer = owner.post(UNSAVED, typed(imap_server, refresh_token=SECRET))

    assert steps(answer) == {**dict.fromkeys(WORKS, "skipped"), "Get an access token": "failed"}
    assert "invalid_grant: •••• has been revoked." in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert imap_server.connection_count == 0


def test_saved_server_is_asked_for_a_new_token_that_is_kept(
    owner: Client, cast: Cast, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    server = saved(cast, token_server, imap_server)

    answers = [outcome_of(owner, server) for _ in range(2)]

    assert [steps(answer) for answer in answers] == [WORKS, WORKS]
    assert len(token_server.requests) == 2
    assert token_server.accepts(OAuthCredential.objects.get().grant().refresh_token.reveal())


def test_test_asks_although_the_provider_refused_a_moment_ago(
    owner: Client, cast: Cast, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    server = saved(cast, token_server, imap_server)
    OAuthCredential.objects.update(needs_reconnect=True, not_before=clock.now())

    assert steps(outcome_of(owner, server)) == WORKS
    assert not OAuthCredential.objects.get().needs_reconnect


def test_changes_are_tested_with_the_saved_refresh_token_and_its_successor_is_kept(
    owner: Client, cast: Cast, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    server = saved(cast, token_server, imap_server)

    content = typed(imap_server, refresh_token="") | {"incoming-comments": "Changed"}
    answer = owner.post(reverse("mailboxes:incoming-test", args=[server.mailbox_id, server.pk]), content)

    assert steps(answer) == WORKS
    assert server.refreshed().comments == ""
    assert token_server.accepts(OAuthCredential.objects.get().grant().refresh_token.reveal())


def test_typed_refresh_token_is_tested_and_not_kept(
    owner: Client, cast: Cast, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    server = saved(cast, token_server, imap_server)
    before = OAuthCredential.objects.get().grant().refresh_token
    content = typed(imap_server, refresh_token=token_server.new_refresh_token("ada@harbor.example"))

    answer = owner.post(reverse("mailboxes:incoming-test", args=[server.mailbox_id, server.pk]), content)

    assert steps(answer) == WORKS
    assert OAuthCredential.objects.get().grant().refresh_token == before


def test_saved_sign_in_is_not_tested_against_another_server(
    owner: Client, cast: Cast, token_server: TokenServer, imap_server: ScriptedServer
) -> None:
    """SECURITY B100."""
    server = saved(cast, token_server, imap_server)
    IncomingServer.objects.update(host="imap.harbor.example")

    content = typed(imap_server, client_secret="", refresh_token="")
    answer = owner.post(reverse("mailboxes:incoming-test", args=[server.mailbox_id, server.pk]), content)

    assert answer.status_code == 422
    assert token_server.requests == []
    assert imap_server.connection_count == 0


def test_server_that_is_not_connected_yet_says_what_to_do(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    credential = by_refresh_token(cast.mailbox, token_server)
    OAuthCredential.objects.filter(pk=credential.pk).update(method="connected", refresh_token=None)

    answer = outcome_of(owner, make_incoming(cast.mailbox, oauth=credential))

    assert steps(answer)["Get an access token"] == "failed"
    assert "not connected with Google yet" in answer.content.decode()
