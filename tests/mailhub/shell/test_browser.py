"""The pages in a real browser: accessible, without sideways scrolling, and within the content security policy."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mailhub.tenancy.models import Membership
from tests.mailhub.shell.conftest import Cast

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PATHS = ["/styleguide/", "/accounts/signup/", "/settings/profile/"]

OpenPage = Callable[..., Page]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained about."""
    return []


@pytest.fixture
def open_page(
    live_server: LiveServer,
    browser: Browser,
    cast: Cast,
    signed_in: Callable[[Membership], Client],
    settings: Settings,
    complaints: list[str],
) -> Iterator[OpenPage]:
    """Open a path of the site as the owner."""
    settings.DEBUG = True
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    def open_it(path: str, *, viewport: ViewportSize) -> Page:
        context = browser.new_context(viewport=viewport, reduced_motion="reduce")
        contexts.append(context)
        if not path.startswith("/accounts/"):
            cookie = signed_in(cast.owner).cookies["sessionid"]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_page_is_accessible_and_fits(
    open_page: OpenPage, complaints: list[str], path: str, viewport: ViewportSize
) -> None:
    page = open_page(path, viewport=viewport)

    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        # Colours that are on their way from one theme to the other are nobody's.
        while page.evaluate("document.getAnimations().length"):
            page.wait_for_timeout(20)
        violations = Axe().run(page, options=RULES).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in violations] == []


def test_dialog_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page("/styleguide/", viewport=DESKTOP)

    page.click("[data-dialog=sample-dialog]")
    expect(page.locator("#sample-dialog")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("[data-dialog=sample-dialog]")).to_be_focused()


def test_deletion_waits_for_the_name(open_page: OpenPage) -> None:
    page = open_page("/styleguide/", viewport=DESKTOP)
    page.click("[data-dialog=sample-delete]")
    button = page.locator("#sample-delete [data-confirm-button]")
    expect(button).to_be_disabled()

    page.fill("#sample-delete-confirm", "Support")

    expect(button).to_be_enabled()


def test_chosen_theme_survives_the_next_page(open_page: OpenPage) -> None:
    page = open_page("/settings/profile/", viewport=DESKTOP)
    page.click(".person-button")

    page.click(".person-menu [data-theme-choice=dark]")
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_request_that_fails_is_never_silent(open_page: OpenPage) -> None:
    page = open_page("/settings/profile/", viewport=DESKTOP)

    page.evaluate("htmx.ajax('GET', '/nowhere/', {target: '#main'})")
    expect(page.locator(".toast-error")).to_contain_text("This is no longer there.")
    page.context.set_offline(True)
    page.evaluate("htmx.ajax('GET', '/start/', {target: '#main'}).catch(() => {})")

    expect(page.locator(".toast-error").last).to_contain_text("The server cannot be reached.")


def test_keys_lead_to_pages_and_to_the_list_of_keys(open_page: OpenPage) -> None:
    page = open_page("/settings/profile/", viewport=DESKTOP)

    page.keyboard.press("?")
    expect(page.locator("#keyboard-help")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.type("gm")

    page.wait_for_url("**/mailboxes/")


def test_phone_reaches_settings_and_sign_out_through_more(open_page: OpenPage) -> None:
    page = open_page("/start/", viewport=PHONE)

    page.click(".bottom-bar [data-dialog=more]")

    expect(page.locator("#more").get_by_text("Account settings")).to_be_visible()
    expect(page.locator("#more").get_by_text("Sign out")).to_be_visible()


def test_time_ahead_is_in_a_moment(open_page: OpenPage) -> None:
    page = open_page("/settings/profile/", viewport=DESKTOP)

    page.evaluate(
        """() => {
            const soon = document.createElement("time");
            soon.id = "soon";
            soon.dateTime = new Date(Date.now() + 30_000).toISOString();
            soon.dataset.ago = "long";
            document.querySelector("main").append(soon);
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )

    expect(page.locator("#soon")).to_have_text("in a moment")


def test_sign_up_takes_the_time_zone_of_the_browser(open_page: OpenPage) -> None:
    page = open_page("/accounts/signup/", viewport=DESKTOP)

    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")

    expect(page.locator("[name=time_zone]")).to_have_value(zone)
