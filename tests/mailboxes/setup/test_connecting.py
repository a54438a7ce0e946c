"""“Connect with Google / Microsoft”, from the button to the saved tokens (SECURITY TC14)."""

import urllib.parse
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailhub import clock
from servers.models import IncomingServer, OAuthConsent, OAuthCredential
from servers.oauth.providers import Method, Provider
from servers.signing_in import access_token
from tests.factories import Cast, make_incoming, make_oauth, make_outgoing, signed_in
from tests.mailboxes.setup.consents import ADDRESS, CALLBACKS, NAMES, come_back, leave, unconnected
from tests.realservers.token_server import CLIENT_SECRET, DIRECTORY, TokenServer, refusal

pytestmark = pytest.mark.usefixtures("scope", "token_server")


@pytest.mark.parametrize("provider", list(CALLBACKS))
def test_consent_connects_the_server_and_tries_it_at_once(
    owner: Client, cast: Cast, token_server: TokenServer, provider: Provider
) -> None:
    token_server.consenting = ADDRESS
    server = unconnected(cast, provider)
    IncomingServer.objects.update(next_poll_at=clock.now() + timedelta(hours=1), failure_count=3)

    told = come_back(owner, token_server.consent(leave(owner, server)), provider)

    saved = OAuthCredential.objects.get()
    assert told == [f"Connected with {NAMES[provider]} as {ADDRESS}. It is tried at once."]
    assert saved.connected_at is not None
    assert token_server.accepts(saved.grant().refresh_token.reveal())
    assert saved.directory == (DIRECTORY if provider == Provider.OFFICE365 else "")
    assert server.refreshed().next_poll_at <= clock.now()
    assert server.refreshed().failure_count == 0


@pytest.mark.parametrize("provider", list(CALLBACKS))
def test_tokens_are_asked_for_with_what_the_consent_gave(
    owner: Client, cast: Cast, token_server: TokenServer, provider: Provider
) -> None:
    token_server.consenting = ADDRESS
    server = unconnected(cast, provider)
    come_back(owner, token_server.consent(leave(owner, server)), provider)

    access_token(server.oauth_id, now=clock.now() + timedelta(hours=2))  # type: ignore[arg-type]

    assert [form["grant_type"] for form in token_server.requests] == ["authorization_code", "refresh_token"]
    assert token_server.requests[1]["client_secret"] == CLIENT_SECRET
    if provider == Provider.OFFICE365:
        assert token_server.paths == ["/common/oauth2/v2.0/token", f"/{DIRECTORY}/oauth2/v2.0/token"]


def test_address_at_the_provider_carries_proof_state_and_nothing_secret(
    owner: Client, cast: Cast, settings: Settings
) -> None:
    settings.SITE_URL = "https://hub.example"

    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(leave(owner, unconnected(cast))).query))

    consent = OAuthConsent.objects.get()
    assert asked["redirect_uri"] == "https://hub.example/oauth/google/callback/"
    assert asked["code_challenge_method"] == "S256"
    assert asked["login_hint"] == ADDRESS
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    assert "https://mail.google.com/" in asked["scope"].split()
    verifier = consent.verifier.reveal().reveal()
    assert asked["state"] not in (consent.state_digest, verifier)
    assert all(verifier not in value and CLIENT_SECRET not in value for value in asked.values())


def test_button_leads_on_by_a_page_that_needs_no_script(owner: Client, cast: Cast) -> None:
    server = unconnected(cast)

    page = owner.post(reverse("mailboxes:incoming-connect", args=[server.mailbox_id, server.pk])).content.decode()

    assert 'http-equiv="refresh"' in page
    assert "Continue to Google" in page


def test_outgoing_server_is_connected_too(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    token_server.consenting = ADDRESS
    credential = make_oauth(cast.mailbox, provider=Provider.GMAIL, method=Method.CONNECTED, username=ADDRESS)
    server = make_outgoing(cast.mailbox, oauth=credential, username=ADDRESS)

    left = owner.post(reverse("mailboxes:outgoing-connect", args=[server.mailbox_id, server.pk]))
    come_back(owner, token_server.consent(left.context["address"]))

    assert OAuthCredential.objects.get().is_connected


def test_connecting_again_replaces_what_was_refused(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    token_server.consenting = ADDRESS
    server = unconnected(cast)
    come_back(owner, token_server.consent(leave(owner, server)))
    OAuthCredential.objects.update(needs_reconnect=True, last_failure="invalid_grant", not_before=clock.now())

    come_back(owner, token_server.consent(leave(owner, server)))

    saved = OAuthCredential.objects.get()
    assert not saved.needs_reconnect
    assert saved.not_before is None


# What the provider says


def test_person_who_declines_is_told_so(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    server = unconnected(cast)
    state = token_server.consent(leave(owner, server))["state"]

    told = come_back(owner, {"state": state, "error": "access_denied", "error_description": "<b>No</b>"})

    assert told == ["Google did not agree: access_denied: <b>No</b>"]
    assert token_server.requests == []


def test_refused_code_shows_the_words_without_secrets(owner: Client, cast: Cast, token_server: TokenServer) -> None:
    """SECURITY B108."""
    server = unconnected(cast)
    brought = token_server.consent(leave(owner, server))
    token_server.refuses = refusal("invalid_grant", f"{CLIENT_SECRET} is not it")

    told = come_back(owner, brought)

    assert told == ["Google gave no token: invalid_grant: •••• is not it"]


def test_proof_key_of_another_visit_does_not_redeem_the_code(
    owner: Client, cast: Cast, token_server: TokenServer
) -> None:
    """RFC 7636: a code that was taken from somebody else's browser."""
    token_server.consenting = ADDRESS
    stolen = token_server.consent(leave(owner, unconnected(cast)))["code"]
    state = token_server.consent(leave(owner, IncomingServer.objects.get()))["state"]

    told = come_back(owner, {"state": state, "code": stolen})

    assert "The code is not valid." in told[0]


# Where it cannot be begun


def test_button_without_a_client_of_the_operator_says_so(owner: Client, cast: Cast, settings: Settings) -> None:
    settings.OAUTH_GOOGLE_CLIENT_SECRET = ""
    server = unconnected(cast)

    page = owner.get(reverse("mailboxes:incoming-change", args=[server.mailbox_id, server.pk])).content.decode()
    pressed = owner.post(reverse("mailboxes:incoming-connect", args=[server.mailbox_id, server.pk]), follow=True)

    assert "is not set up here any more: ask the operator" in page
    assert [str(one) for one in pressed.context["messages"]] == ["“Connect with Google” is not set up here."]


def test_server_with_a_password_cannot_be_connected(owner: Client, cast: Cast) -> None:
    server = make_incoming(cast.mailbox)

    pressed = owner.post(reverse("mailboxes:incoming-connect", args=[server.mailbox_id, server.pk]), follow=True)

    assert [str(one) for one in pressed.context["messages"]] == [
        "This server is not set up to be connected in the browser."
    ]
    assert not OAuthConsent.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("stranger", 404)])
def test_nobody_else_begins_it(cast: Cast, who: str, status: int) -> None:
    server = unconnected(cast)
    browser = signed_in(cast.member if who == "member" else cast.stranger)

    answer = browser.post(reverse("mailboxes:incoming-connect", args=[server.mailbox_id, server.pk]))

    assert answer.status_code == status
    assert not OAuthConsent.objects.exists()
