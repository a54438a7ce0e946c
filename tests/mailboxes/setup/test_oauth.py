"""Servers that sign in by OAuth: what the forms ask for, keep, share and forget."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mailhub import clock
from mailhub.lib.secret import Secret
from servers.models import IncomingServer, OAuthCredential
from servers.oauth.providers import Method, Provider
from tests.factories import Cast, make_incoming
from tests.mailboxes.setup.typed import SECRET, incoming
from tests.mailboxes.setup.typed_oauth import (
    CLIENT,
    GMAIL,
    TYPED,
    UNKNOWN,
    WAYS,
    credential_of,
    errors,
    oauth,
    receiving,
    url,
)

pytestmark = pytest.mark.usefixtures("scope")


@pytest.fixture
def server(owner: Client, cast: Cast) -> IncomingServer:
    """An incoming server that was added with a refresh token of Gmail."""
    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving())
    found: IncomingServer = IncomingServer.objects.get()
    return found


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_saved_with_what_it_asks_for(owner: Client, cast: Cast, way: tuple[Provider, Method]) -> None:
    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving(way))

    server = IncomingServer.objects.get()
    grant = credential_of(server).grant()
    typed = TYPED[way]
    assert (grant.provider, grant.method) == way
    assert {name: str(getattr(grant, name)) for name in ("client_id", "directory", "token_endpoint", "scope")} == {
        name: typed.get(name, "") for name in ("client_id", "directory", "token_endpoint", "scope")
    }
    assert grant.client_secret == Secret(typed.get("client_secret", ""))
    assert grant.refresh_token == Secret(typed.get("refresh_token", ""))
    assert grant.password == Secret(SECRET if way[1] == Method.PASSWORD else "")
    assert grant.username == server.username
    assert server.password is None


@pytest.mark.parametrize("way", WAYS)
def test_secrets_are_never_shown_again(owner: Client, cast: Cast, way: tuple[Provider, Method]) -> None:
    """SECURITY B111."""
    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving(way))
    server = IncomingServer.objects.get()

    pages = [
        owner.get(url(server)),
        owner.post(url(server), receiving(way, host="not a host")),
        owner.get(reverse("mailboxes:mailbox-detail", args=[cast.mailbox.pk])),
    ]

    assert all(SECRET not in page.content.decode() for page in pages)
    assert "Saved. Leave empty to keep it." in pages[0].content.decode()


@pytest.mark.parametrize(
    ("way", "missing"),
    [
        (UNKNOWN, {"oauth_token_endpoint", "oauth_client_id", "oauth_refresh_token"}),
        (GMAIL, {"oauth_client_id", "oauth_client_secret", "oauth_refresh_token"}),
        ((Provider.OFFICE365, Method.PASSWORD), {"oauth_client_id", "oauth_directory", "password"}),
        ((Provider.OFFICE365, Method.CLIENT_SECRET), {"oauth_client_id", "oauth_directory", "oauth_client_secret"}),
    ],
)
def test_each_way_says_what_is_missing(
    owner: Client, cast: Cast, way: tuple[Provider, Method], missing: set[str]
) -> None:
    nothing = {name: "" for name in receiving(way) if "-oauth_" in name} | oauth(way, **dict.fromkeys(TYPED[way], ""))
    typed = receiving(way, password="") | nothing

    answer = owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed)

    assert set(errors(answer)) == missing


def test_fields_that_the_choice_does_not_ask_for_are_ignored(owner: Client, cast: Cast) -> None:
    other = {"token_endpoint": "no address", "directory": "../evil", "scope": "x\x01y", "method": "password"}
    typed = receiving() | oauth(GMAIL, **other) | {"incoming-oauth_method": "refresh_token"}

    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed)

    grant = credential_of(IncomingServer.objects.get()).grant()
    assert (grant.directory, grant.scope, grant.token_endpoint) == ("", "", "")


def test_oauth_fields_are_ignored_while_it_is_off(owner: Client, cast: Cast) -> None:
    wrong = {"provider": "evil", "method": "none", "token_endpoint": "no address", "directory": "../evil"}
    typed = incoming() | oauth(GMAIL, enabled="", **wrong)

    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed)

    assert IncomingServer.objects.get().oauth is None
    assert not OAuthCredential.objects.exists()


def test_method_that_the_provider_does_not_have_is_refused(owner: Client, cast: Cast) -> None:
    typed = receiving() | {"incoming-oauth_method": "password"}

    answer = owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed)

    assert set(errors(answer)) == {"oauth_method"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token_endpoint", "http://login.example.com/token"),
        ("token_endpoint", "https://user:pw@login.example.com/token"),
        ("token_endpoint", "https://login.example.com/token#part"),
        ("token_endpoint", "https://[login/token"),
        ("token_endpoint", "login.example.com"),
        ("client_id", "two\x01lines"),
        ("scope", "two\x01lines"),
    ],
)
def test_what_cannot_be_right_is_refused(owner: Client, cast: Cast, name: str, value: str) -> None:
    typed = receiving(UNKNOWN) | oauth(UNKNOWN, **{name: value})

    answer = owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed)

    assert set(errors(answer)) == {f"oauth_{name}"}


def test_directory_is_an_id_or_a_domain(owner: Client, cast: Cast) -> None:
    way = (Provider.OFFICE365, Method.CLIENT_SECRET)
    typed = receiving(way) | oauth(way, directory="harbor.example/../common")

    assert set(errors(owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed))) == {
        "oauth_directory"
    }


def test_oauth_without_encryption_is_refused(owner: Client, cast: Cast) -> None:
    typed = receiving(security="none", port="143")

    assert set(errors(owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), typed))) == {"security"}


def test_saved_secrets_stay_when_something_else_is_changed(owner: Client, server: IncomingServer) -> None:
    typed = receiving(comments="Changed") | oauth(GMAIL, client_secret="", refresh_token="")

    owner.post(url(server), typed)

    assert server.refreshed().comments == "Changed"
    assert credential_of(server).grant().refresh_token == Secret(f"{SECRET}-refresh")


def test_new_secret_replaces_the_saved_one_and_ends_the_wait(owner: Client, server: IncomingServer) -> None:
    OAuthCredential.objects.update(needs_reconnect=True, not_before=clock.now(), last_failure="invalid_grant")

    owner.post(url(server), receiving() | oauth(GMAIL, client_secret="", refresh_token="another"))

    saved = credential_of(server)
    assert saved.grant().refresh_token == Secret("another")
    assert saved.grant().client_secret == Secret(CLIENT["client_secret"])
    assert not saved.needs_reconnect
    assert saved.not_before is None


@pytest.mark.parametrize(
    "change",
    [
        {"incoming-host": "imap.attacker.example"},
        {"incoming-port": "143", "incoming-security": "starttls"},
        {"incoming-username": "somebody@example.com"},
        {"incoming-oauth_client_id": "client-2"},
        {"incoming-oauth_provider": "unknown", "incoming-oauth_token_endpoint": "https://attacker.example/token"},
    ],
    ids=["host", "security", "user name", "client", "provider"],
)
def test_saved_secrets_go_nowhere_but_where_they_were_entered_for(
    owner: Client, server: IncomingServer, change: dict[str, str]
) -> None:
    """SECURITY B100."""
    typed = receiving() | oauth(GMAIL, client_secret="", refresh_token="") | change

    answer = owner.post(url(server), typed)

    assert "oauth_refresh_token" in errors(answer)
    assert server.refreshed().host == "imap.gmail.com"


def test_saved_secrets_do_not_go_to_another_token_endpoint(owner: Client, cast: Cast) -> None:
    """SECURITY B100."""
    owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving(UNKNOWN))
    changed = oauth(UNKNOWN, client_secret="", refresh_token="", token_endpoint="https://attacker.example/token")

    answer = owner.post(url(IncomingServer.objects.get()), receiving(UNKNOWN) | changed)

    assert "oauth_refresh_token" in errors(answer)


def test_switching_oauth_off_forgets_its_secrets_and_asks_for_a_password(owner: Client, server: IncomingServer) -> None:
    off = receiving() | oauth(GMAIL, enabled="")

    asked = owner.post(url(server), off)
    owner.post(url(server), off | {"incoming-password": "open sesame"})

    assert "password" in errors(asked)
    assert server.refreshed().oauth is None
    assert server.refreshed().sign_in().password == Secret("open sesame")
    assert not OAuthCredential.objects.exists()


def test_switching_oauth_on_forgets_the_password(owner: Client, cast: Cast) -> None:
    server = make_incoming(cast.mailbox, password="secret")

    owner.post(url(server), receiving())

    assert server.refreshed().password is None
    assert credential_of(server).provider == Provider.GMAIL


# Connecting in the browser

CONNECTED = (Provider.GMAIL, Method.CONNECTED)


def operator_has_google(settings: Settings) -> None:
    settings.OAUTH_GOOGLE_CLIENT_ID = "operator"
    settings.OAUTH_GOOGLE_CLIENT_SECRET = SECRET


def test_server_is_saved_before_it_is_connected(owner: Client, cast: Cast, settings: Settings) -> None:
    operator_has_google(settings)

    answer = owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving(CONNECTED), follow=True)

    server = IncomingServer.objects.get()
    assert not credential_of(server).is_connected
    assert answer.redirect_chain[-1][0] == url(server)
    assert "Connect with Google" in answer.content.decode()
    assert SECRET not in answer.content.decode()


def test_connecting_is_off_where_the_operator_has_no_client(owner: Client, cast: Cast) -> None:
    address = reverse("mailboxes:incoming-add", args=[cast.mailbox.pk])
    make = owner.post(address, receiving(CONNECTED))

    assert set(errors(make)) == {"oauth_method"}
    assert "Not set up here: the operator has to register mailhub with Google first." in make.content.decode()


@pytest.mark.parametrize("host", ["imap.attacker.example", "imap.gmail.com.attacker.example"])
def test_connected_account_is_used_with_the_providers_own_servers_only(
    owner: Client, cast: Cast, settings: Settings, host: str
) -> None:
    operator_has_google(settings)

    answer = owner.post(reverse("mailboxes:incoming-add", args=[cast.mailbox.pk]), receiving(CONNECTED, host=host))

    assert set(errors(answer)) == {"host"}
