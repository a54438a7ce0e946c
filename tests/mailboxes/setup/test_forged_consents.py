"""Answers of a provider that were not asked for, or not by this person for this account (SECURITY B112-B114)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from mailhub import clock
from servers.models import OAuthConsent, OAuthCredential
from servers.oauth.providers import Provider
from tests.factories import Cast, make_person, signed_in
from tests.mailboxes.setup.consents import ADDRESS, CALLBACKS, come_back, is_connected, leave, unconnected
from tests.realservers.token_server import TokenServer

pytestmark = pytest.mark.usefixtures("scope", "token_server")

# B112: state


def test_state_is_used_once(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B112."""
    token_server.consenting = ADDRESS
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))
    come_back(owner, brought)

    told = come_back(owner, brought)

    assert "no connection that you have begun" in told[0]
    assert len(token_server.requests) == 1


@pytest.mark.parametrize("state", ["", "made-up", "x" * 5000])
def test_unknown_or_missing_state_connects_nothing(
    owner: Client, cast: Cast, token_server: TokenServer, state: str
) -> None:
    """SECURITY B112."""
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server)) | {"state": state}

    told = come_back(owner, brought)

    assert "no connection that you have begun" in told[0]
    assert not is_connected(server)
    assert token_server.requests == []


def test_expired_state_connects_nothing(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B112."""
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))
    OAuthConsent.objects.update(expires_at=clock.now() - timedelta(seconds=1))

    told = come_back(owner, brought)

    assert "no connection that you have begun" in told[0]
    assert token_server.requests == []


def test_state_of_another_session_connects_nothing(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B112: an answer that a stranger has the person open."""
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))

    told = come_back(signed_in(cast.owner), brought)

    assert "no connection that you have begun" in told[0]
    assert token_server.requests == []


@pytest.mark.parametrize("who", ["colleague", "stranger"])
def test_state_of_another_person_connects_nothing(
    owner: Client, cast: Cast, token_server: TokenServer, who: str
) -> None:
    """SECURITY B112."""
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))
    other = make_person(cast.tenant) if who == "colleague" else cast.stranger

    told = come_back(signed_in(other), brought)

    assert "no connection that you have begun" in told[0]
    assert token_server.requests == []


def test_newest_press_of_the_button_counts(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    token_server.consenting = ADDRESS
    server = unconnected(cast)
    older = token_server.consent(leave(owner, server))
    newer = token_server.consent(leave(owner, server))

    told = [come_back(owner, older)[0], come_back(owner, newer)[0]]

    assert "no connection that you have begun" in told[0]
    assert told[1].startswith("Connected with Google")


# B113: mixed-up providers


def test_code_of_google_at_the_way_back_of_microsoft_connects_nothing(
    owner: Client, cast: Cast, token_server: TokenServer
) -> None:
    """SECURITY B113."""
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))

    told = [come_back(owner, brought, Provider.OFFICE365)[0], come_back(owner, brought)[0]]

    assert "did not come from Microsoft" in told[0]
    assert "no connection that you have begun" in told[1]
    assert token_server.requests == []


@pytest.mark.parametrize("provider", list(CALLBACKS))
@pytest.mark.parametrize("iss", ["https://attacker.example", "https://accounts.google.com.attacker.example"])
def test_answer_of_another_issuer_connects_nothing(
    owner: Client, cast: Cast, token_server: TokenServer, provider: Provider, iss: str
) -> None:
    """SECURITY B113, RFC 9207."""
    server = unconnected(cast, provider)
    brought = token_server.consent(leave(owner, server)) | {"iss": iss}

    told = come_back(owner, brought, provider)

    assert "as its issuer" in told[0]
    assert token_server.requests == []


def test_answer_without_iss_is_taken(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    token_server.consenting = ADDRESS
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))
    del brought["iss"]

    come_back(owner, brought)

    assert is_connected(server)


# B114: whose account


@pytest.mark.parametrize("provider", list(CALLBACKS))
def test_consent_of_another_address_stores_no_token(
    owner: Client, cast: Cast, token_server: TokenServer, provider: Provider
) -> None:
    """SECURITY B114."""
    token_server.consenting = "mallory@elsewhere.example"
    server = unconnected(cast, provider)

    told = come_back(owner, token_server.consent(leave(owner, server)), provider)

    assert told == [
        f"You signed in as mallory@elsewhere.example, but this server is for {ADDRESS}. Nothing was connected."
    ]
    assert not is_connected(server)
    assert OAuthCredential.objects.get().access_token is None


def test_case_of_an_address_does_not_matter(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    token_server.consenting = ADDRESS.upper()
    server = unconnected(cast)

    come_back(owner, token_server.consent(leave(owner, server)))

    assert is_connected(server)


@pytest.mark.parametrize(
    ("provider", "claims"),
    [
        (Provider.GMAIL, {"email_verified": False}),
        (Provider.GMAIL, {"email": ["ada@harbor.example"]}),
        # An administrator of any directory can write this address into "email".
        (Provider.OFFICE365, {"preferred_username": "mallory@elsewhere.example", "email": ADDRESS}),
        (Provider.OFFICE365, {"preferred_username": None}),
    ],
)
def test_address_that_proves_nothing_stores_no_token(
    owner: Client, cast: Cast, token_server: TokenServer, provider: Provider, claims: dict[str, Any]
) -> None:
    """SECURITY B114."""
    token_server.consenting, token_server.claims = ADDRESS, claims
    server = unconnected(cast, provider)

    come_back(owner, token_server.consent(leave(owner, server)), provider)

    assert not is_connected(server)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"iss": "https://attacker.example"},
        {"exp": 1},
        {"exp": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("provider", list(CALLBACKS))
def test_id_token_that_is_not_ours_stores_no_token(
    owner: Client, cast: Cast, token_server: TokenServer, provider: Provider, claims: dict[str, Any]
) -> None:
    token_server.consenting, token_server.claims = ADDRESS, claims
    server = unconnected(cast, provider)

    told = come_back(owner, token_server.consent(leave(owner, server)), provider)

    assert "is not valid" in told[0]
    assert not is_connected(server)


def test_another_directory_than_the_issuer_names_stores_no_token(
    owner: Client, cast: Cast, token_server: TokenServer
) -> None:
    token_server.consenting = ADDRESS
    other = "11111111-0000-4000-8000-000000000000"
    token_server.claims = {"tid": other, "iss": f"{token_server.url}/{other}/v2.0"}
    server = unconnected(cast, Provider.OFFICE365)

    told = come_back(owner, token_server.consent(leave(owner, server)), Provider.OFFICE365)

    assert "two issuers" in told[0]
    assert not is_connected(server)
