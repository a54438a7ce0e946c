"""Access tokens by every provider and method, from a real token server."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import Settings

from mailhub.lib.secret import Secret
from servers.failures import FailureKind, Operation
from servers.oauth import tokens
from servers.oauth.failures import TokenFailure
from servers.oauth.grants import Grant
from servers.oauth.providers import Method, Provider
from tests.realservers.directory import MailUser
from tests.realservers.token_server import CLIENT_ID, CLIENT_SECRET, Answer, TokenServer, refusal

ADDRESS = "ada@harbor.example"
USER = MailUser(ADDRESS, "pw-CANARY-1")

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated for public client flows:DeprecationWarning")


def grant_of(server: TokenServer, provider: Provider, method: Method) -> Grant:
    """Return what a person types for this way, all of it right."""
    server.application_opens = ADDRESS
    server._directory.add(USER)
    grant = Grant(provider, method, CLIENT_ID)
    if method == Method.PASSWORD:
        return replace(grant, directory="harbor.example", username=ADDRESS, password=Secret(USER.password))
    grant = replace(grant, client_secret=Secret(CLIENT_SECRET))
    if method == Method.CLIENT_SECRET:
        return replace(grant, directory="harbor.example")
    grant = replace(grant, refresh_token=Secret(server.new_refresh_token(ADDRESS)))
    return replace(grant, token_endpoint=server.token_endpoint, scope="mail") if provider == "unknown" else grant


def refused(grant: Grant) -> TokenFailure:
    with pytest.raises(TokenFailure) as caught:
        tokens.obtain(grant)
    return caught.value


WAYS = [
    (Provider.UNKNOWN, Method.REFRESH_TOKEN),
    (Provider.GMAIL, Method.REFRESH_TOKEN),
    (Provider.GMAIL, Method.CONNECTED),
    (Provider.OFFICE365, Method.PASSWORD),
    (Provider.OFFICE365, Method.CLIENT_SECRET),
    (Provider.OFFICE365, Method.CONNECTED),
]


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_each_way_gives_an_access_token_with_one_request(
    token_server: TokenServer, provider: Provider, method: Method
) -> None:
    given = tokens.obtain(grant_of(token_server, provider, method))

    assert token_server._directory.owner_of(given.access_token.reveal()) == ADDRESS
    assert given.lifetime == timedelta(hours=1)
    assert given.usable_for == timedelta(minutes=59)
    assert len(token_server.requests) == 1


def test_rotated_refresh_token_comes_with_the_access_token(token_server: TokenServer) -> None:
    grant = grant_of(token_server, Provider.GMAIL, Method.REFRESH_TOKEN)

    given = tokens.obtain(grant)

    assert given.refresh_token is not None
    assert given.refresh_token != grant.refresh_token
    assert token_server.accepts(given.refresh_token.reveal())


def test_microsoft_is_asked_in_the_directory_for_all_that_was_granted(token_server: TokenServer) -> None:
    tokens.obtain(grant_of(token_server, Provider.OFFICE365, Method.CLIENT_SECRET))

    assert token_server.paths == ["/harbor.example/oauth2/v2.0/token"]
    assert token_server.requests[0]["scope"] == "https://outlook.office365.com/.default"


def test_directory_cannot_lead_to_another_address(token_server: TokenServer) -> None:
    grant = replace(grant_of(token_server, Provider.OFFICE365, Method.CLIENT_SECRET), directory="../evil?x=#")

    tokens.obtain(grant)

    assert token_server.paths == ["/..%2Fevil%3Fx%3D%23/oauth2/v2.0/token"]


@pytest.mark.parametrize(("provider", "method"), WAYS)
@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "unauthorized_client", "interaction_required"])
def test_refusal_is_a_refused_sign_in_that_asks_for_a_person(
    token_server: TokenServer, provider: Provider, method: Method, error: str
) -> None:
    """SECURITY B116."""
    token_server.refuses = refusal(error, "Something the provider says. Trace ID: 17 Timestamp: now")

    failure = refused(grant_of(token_server, provider, method))

    assert failure.operation == Operation.TOKEN
    assert failure.kind == FailureKind.SIGN_IN_REFUSED
    assert failure.needs_reconnect
    assert failure.words == f"{error}: Something the provider says."
    assert len(token_server.requests) == 1


BUSY = [
    refusal("slow_down", "Too many requests.", status=429, Retry_After="120"),
    Answer(503, b"<html>try later</html>"),
    Answer(500, b""),
    refusal("temporarily_unavailable", "Not now."),
]


@pytest.mark.parametrize(("provider", "method"), WAYS)
@pytest.mark.parametrize("answer", BUSY, ids=["429", "503", "500", "temporarily_unavailable"])
def test_busy_provider_is_transient_and_asked_once(
    token_server: TokenServer, provider: Provider, method: Method, answer: Answer
) -> None:
    """SECURITY B116."""
    token_server.refuses = answer

    failure = refused(grant_of(token_server, provider, method))

    assert failure.kind == FailureKind.TRANSIENT
    assert not failure.needs_reconnect
    assert "password" not in f"{failure.words} {failure.advice}".lower()
    assert len(token_server.requests) == 1


def test_retry_after_is_respected_up_to_an_hour(token_server: TokenServer) -> None:
    grant = grant_of(token_server, Provider.GMAIL, Method.REFRESH_TOKEN)
    token_server.refuses_next = [
        refusal("slow_down", status=429, Retry_After=text) for text in ("120", "5", "99999999", "tomorrow")
    ]

    pauses = [refused(grant).pause for _ in range(4)]

    assert pauses == [timedelta(minutes=2), timedelta(seconds=30), timedelta(hours=1), timedelta(seconds=30)]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, b"not here"),
        Answer(302, b"", {"Location": "https://evil.example/"}),
        Answer(200, b"no json"),
        Answer(200, b"[]"),
        Answer(200, b'{"token_type": "Bearer"}'),
        Answer(200, b'{"access_token": "two words"}'),
        Answer(200, b'{"access_token": "crlf\\r\\nA2 DELETE INBOX"}'),
        Answer(200, b"[" * 40_000),
        Answer(200, b"x" * 100_000),
    ],
    ids=["404", "redirect", "text", "list", "no token", "space", "crlf", "deep", "long"],
)
@pytest.mark.parametrize("provider", [Provider.UNKNOWN, Provider.GMAIL])
def test_answer_that_is_none_says_so(token_server: TokenServer, provider: Provider, answer: Answer) -> None:
    token_server.refuses = answer

    failure = refused(grant_of(token_server, provider, Method.REFRESH_TOKEN))

    assert failure.kind == FailureKind.PROTOCOL
    assert len(token_server.requests) == 1


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("https://10.0.0.1/token", FailureKind.EGRESS_REFUSED),
        ("https://169.254.169.254/token", FailureKind.EGRESS_REFUSED),
        ("http://127.0.0.1/token", FailureKind.EGRESS_REFUSED),
        ("https://127.0.0.1:1/token", FailureKind.EGRESS_REFUSED),
    ],
)
def test_token_endpoint_is_checked_like_any_host(token_server: TokenServer, endpoint: str, kind: FailureKind) -> None:
    grant = replace(grant_of(token_server, Provider.UNKNOWN, Method.REFRESH_TOKEN), token_endpoint=endpoint)

    assert refused(grant).kind == kind


def test_token_endpoint_without_a_valid_certificate_gets_nothing(token_server: TokenServer, settings: Settings) -> None:
    grant = grant_of(token_server, Provider.UNKNOWN, Method.REFRESH_TOKEN)
    settings.MAILHUB_EXTRA_CA_FILE = ""

    assert refused(grant).kind == FailureKind.CERTIFICATE
    assert token_server.requests == []


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_secrets_that_the_provider_repeats_are_masked_and_never_logged(
    token_server: TokenServer, caplog: pytest.LogCaptureFixture, provider: Provider, method: Method
) -> None:
    """SECURITY B107, B108."""
    caplog.set_level(logging.DEBUG)
    grant = grant_of(token_server, provider, method)
    known = [secret.reveal() for secret in grant.secrets if secret]
    token_server.refuses_next = [refusal("invalid_grant", " and ".join(known)), Answer(500, " ".join(known).encode())]

    failures = [refused(grant), refused(grant)]
    tokens.obtain(grant)

    said = caplog.text + "".join(f"{one!r} {one} {one.words} {one.advice} {one.__cause__!r}" for one in failures)
    assert "CANARY" not in said
    assert "••••" in failures[0].words
