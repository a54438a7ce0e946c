"""In Chromium, wide and narrow: from the mail of an invitation to signed in, an authenticator app, and passkeys."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.core import mail
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mailhub.tenancy.models import Membership
from tests.factories import PASSWORD, Cast, signed_in
from tests.mailhub.people.conftest import code_of, link_in

pytestmark = pytest.mark.django_db(transaction=True)

DESKTOP, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
both_widths = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])

NewPage = Callable[..., Page]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console complained about."""
    return []


@pytest.fixture
def new_page(
    live_server: LiveServer, browser: Browser, cast: Cast, settings: Settings, complaints: list[str]
) -> Iterator[NewPage]:
    """Open a browser of its own, signed in as `person` if there is one; addresses are relative to the site."""
    settings.SITE_URL = live_server.url
    contexts: list[BrowserContext] = []

    def new(viewport: ViewportSize, *, person: Membership | None = None) -> Page:
        context = browser.new_context(viewport=viewport, reduced_motion="reduce", base_url=live_server.url)
        contexts.append(context)
        if person is not None:
            cookie = signed_in(person).cookies["sessionid"]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield new
    for context in contexts:
        context.close()


@both_widths
def test_an_invitation_leads_from_the_mail_into_the_account(
    new_page: NewPage, cast: Cast, live_server: LiveServer, viewport: ViewportSize, complaints: list[str]
) -> None:
    owner = new_page(viewport, person=cast.owner)
    owner.goto(reverse("people:person-list"))
    owner.get_by_role("link", name="Invite people").click()
    owner.get_by_label("E-mail addresses").fill("nora@new.example")
    owner.get_by_text("Administrator:").click()
    owner.get_by_role("button", name="Send invitations").click()
    expect(owner.get_by_text("nora@new.example").first).to_be_visible()

    link = link_in(mail.outbox[-1], live_server.url)
    guest = new_page(viewport)
    guest.goto(link)
    guest.get_by_label("Your name").fill("Nora New")
    guest.locator("[name=password]").fill("a long enough passphrase")
    guest.get_by_role("button", name="Join").click()

    guest.wait_for_url("**/start/")
    expect(guest.get_by_text("Welcome to Acme.")).to_be_visible()
    owner.reload()
    expect(owner.get_by_role("link", name="Nora New")).to_be_visible()
    assert complaints == []


@both_widths
def test_an_app_is_set_up_and_its_code_signs_in(
    new_page: NewPage, cast: Cast, viewport: ViewportSize, complaints: list[str]
) -> None:
    page = new_page(viewport, person=cast.member)
    page.goto(reverse("people:security"))
    page.get_by_role("link", name="Set up", exact=True).click()
    prove(page)
    expect(page.locator("img.qr")).to_be_visible()
    assert page.locator("img.qr").evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_label("The code that the app shows now").fill(code_of(page.locator("#manual-key").inner_text()))
    page.get_by_role("button", name="Switch it on").click()
    codes = page.locator(".recovery-codes li").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_text().split() == codes
    assert_fits(page)

    other = new_page(viewport)
    enter_password(other, cast.member)
    other.get_by_label("Code").fill(codes[3])
    other.get_by_role("button", name="Sign in").click()

    other.wait_for_url("**/start/")
    assert complaints == []


@both_widths
def test_a_passkey_is_added_renamed_used_and_removed(
    new_page: NewPage, cast: Cast, viewport: ViewportSize, complaints: list[str]
) -> None:
    page = new_page(viewport, person=cast.member)
    add_authenticator(page)
    page.goto(reverse("people:security"))
    page.get_by_role("link", name="Add a passkey").click()
    prove(page)
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("link", name="Rename Passkey").click()
    page.get_by_label("What to call it").fill("Work laptop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Work laptop")).to_be_visible()
    assert_fits(page)
    sign_out(page)

    # Instead of the password, and after it.
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/start/")
    sign_out(page)
    enter_password(page, cast.member)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/start/")

    page.goto(reverse("people:security"))
    page.get_by_role("link", name="Remove Work laptop").click()
    prove(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Add a passkey")).to_be_visible()
    assert not Authenticator.objects.exists()
    assert complaints == []


def test_a_passkey_that_is_not_there_is_said_in_words(new_page: NewPage, cast: Cast) -> None:
    page = new_page(DESKTOP)
    add_authenticator(page, isUserVerified=False)
    page.goto(reverse("account_login"))

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.locator(".toast-error")).to_contain_text("No passkey was used.")


@both_widths
@pytest.mark.parametrize("name", ["person-list", "invitation-add", "person-detail", "security", "session-list"])
def test_page_is_accessible_and_fits(
    new_page: NewPage, cast: Cast, viewport: ViewportSize, name: str, complaints: list[str]
) -> None:
    page = new_page(viewport, person=cast.owner)

    page.goto(reverse(f"people:{name}", args=[cast.member.pk] if name == "person-detail" else []))

    assert complaints == []
    assert_fits(page)
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        violations = Axe().run(page, options=RULES).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in violations] == []


def add_authenticator(page: Page, **options: Any) -> None:
    """Give the browser a device that keeps passkeys and recognises its owner."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device |= {"isUserVerified": True, "automaticPresenceSimulation": True, **options}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})


def prove(page: Page) -> None:
    """Enter the password once more."""
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def enter_password(page: Page, person: Membership) -> None:
    page.goto(reverse("account_login"))
    page.get_by_label("E-mail address").fill(person.user.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto(reverse("account_logout"))
    page.locator("main").get_by_role("button", name="Sign out").click()


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
