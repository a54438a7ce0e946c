"""The OAuth part of server forms, and the way to a provider and back, in Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mailhub.tenancy.scope import tenant_scope
from servers.models import IncomingServer
from servers.oauth.providers import Method, Provider
from tests.factories import Cast, make_cast, make_incoming, make_oauth, signed_in
from tests.mailboxes.setup.typed import SECRET
from tests.realservers.token_server import TokenServer

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "ada@harbor.example"
_FIELDS = (
    "password",
    "oauth_method",
    "oauth_token_endpoint",
    "oauth_client_id",
    "oauth_directory",
    "oauth_client_secret",
    "oauth_refresh_token",
    "oauth_scope",
)


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Let the browser open the token server, whose certificate is one of the tests."""
    return {**browser_context_args, "ignore_https_errors": True}


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return make_cast()


@pytest.fixture
def browser_page(page: Page, people: Cast, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """A browser in which the owner is signed in; any error of a script fails the test."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    session = signed_in(people.owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(20_000)
    yield page
    assert errors == []


@pytest.fixture
def form_page(browser_page: Page, people: Cast, live_server: LiveServer) -> Page:
    browser_page.goto(live_server.url + reverse("mailboxes:incoming-add", args=[people.mailbox.pk]))
    return browser_page


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name='incoming-{name}']")


def visible_fields(page: Page) -> set[str]:
    return {name for name in _FIELDS if field(page, name).is_visible()}


def test_fields_appear_as_provider_and_method_are_chosen(form_page: Page) -> None:
    seen = [visible_fields(form_page)]
    field(form_page, "oauth_enabled").check()
    for provider, method in [
        ("unknown", None),
        ("gmail", "refresh_token"),
        ("gmail", "connected"),
        ("office365", "password"),
        ("office365", "client_secret"),
    ]:
        field(form_page, "oauth_provider").select_option(provider)
        if method is not None:
            field(form_page, "oauth_method").select_option(method)
        seen.append(visible_fields(form_page))

    client = {"oauth_client_id", "oauth_client_secret"}
    assert seen == [
        {"password"},
        {*client, "oauth_token_endpoint", "oauth_refresh_token", "oauth_scope"},
        {*client, "oauth_refresh_token", "oauth_method"},
        {"oauth_method"},
        {"oauth_client_id", "oauth_directory", "password", "oauth_method"},
        {*client, "oauth_directory", "oauth_method"},
    ]


def test_choosing_a_provider_proposes_its_servers_unless_others_were_typed(form_page: Page) -> None:
    def place() -> list[str]:
        return [field(form_page, name).input_value() for name in ("host", "port", "security")]

    field(form_page, "protocol").select_option("imap")
    field(form_page, "oauth_enabled").check()
    field(form_page, "oauth_provider").select_option("gmail")
    places = [place()]
    field(form_page, "protocol").select_option("pop3")
    places.append(place())
    field(form_page, "oauth_provider").select_option("office365")
    places.append(place())
    field(form_page, "host").fill("mail.harbor.example")
    field(form_page, "oauth_provider").select_option("gmail")
    places.append(place())

    assert places == [
        ["imap.gmail.com", "993", "tls"],
        ["pop.gmail.com", "995", "tls"],
        ["outlook.office365.com", "995", "tls"],
        ["mail.harbor.example", "995", "tls"],
    ]


def test_draft_of_a_new_mailbox_holds_no_secret_that_was_shown(browser_page: Page, live_server: LiveServer) -> None:
    browser_page.route("**/connection-test/discover/", lambda route: route.fulfill(status=422, body=""))
    browser_page.goto(live_server.url + reverse("mailboxes:mailbox-add"))
    field_of = browser_page.locator
    field_of("[name='name']").fill("Helpdesk")
    field_of("[name='address']").fill(ADDRESS)
    field_of("[data-continue]:visible").click()
    field(browser_page, "oauth_enabled").check()
    for name in ("oauth_client_secret", "oauth_refresh_token"):
        field(browser_page, name).fill(SECRET)
        browser_page.locator(f"[data-reveal='id_incoming-{name}']").click()
        field(browser_page, name).press("End")
    field(browser_page, "oauth_client_id").fill("client-1")

    draft = browser_page.evaluate("Object.values(sessionStorage).join()")

    assert "client-1" in draft
    assert SECRET not in draft


def test_person_connects_and_comes_back(
    browser_page: Page, people: Cast, live_server: LiveServer, token_server: TokenServer
) -> None:
    token_server.consenting = ADDRESS
    credential = make_oauth(people.mailbox, provider=Provider.GMAIL, method=Method.CONNECTED, username=ADDRESS)
    server = make_incoming(people.mailbox, host="imap.gmail.com", username=ADDRESS, oauth=credential)
    browser_page.goto(live_server.url + reverse("mailboxes:incoming-change", args=[people.mailbox.pk, server.pk]))

    browser_page.get_by_role("button", name="Connect with Google").click()

    expect(browser_page.get_by_text(f"Connected with Google as {ADDRESS}")).to_be_visible()
    with tenant_scope(people.tenant.pk):
        assert IncomingServer.objects.get().oauth.is_connected
