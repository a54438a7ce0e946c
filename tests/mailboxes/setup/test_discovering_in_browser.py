"""What the page that adds a mailbox does with what was found, in Chromium."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from servers import throttling
from tests.factories import Cast, make_cast, make_mailbox, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(transactional_db: None) -> Cast:
    cache.clear()
    return make_cast()


@pytest.fixture
def browser_page(page: Page, people: Cast, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    """A browser in which the owner is signed in; any error of a script fails the test."""
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    session = signed_in(people.owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    assert errors == []


@pytest.fixture
def add_page(browser_page: Page, live_server: LiveServer) -> Page:
    browser_page.goto(live_server.url + reverse("mailboxes:mailbox-add"))
    return browser_page


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")


def type_address(page: Page, address: str) -> None:
    """Type an address, and wait for the answer to it."""
    with page.expect_response("**/connection-test/discover/"):
        field(page, "address").fill(address)
        field(page, "address").blur()


def values(page: Page, *names: str) -> list[str]:
    return [field(page, name).input_value() for name in names]


INCOMING = ("incoming-protocol", "incoming-host", "incoming-port", "incoming-security", "incoming-username")
OUTGOING = ("outgoing-host", "outgoing-port", "outgoing-security")


def test_untouched_fields_are_filled_in(add_page: Page) -> None:
    type_address(add_page, "ada@gmail.com")

    expect(add_page.get_by_text("Gmail keeps the mail of gmail.com.")).to_be_visible()
    expect(field(add_page, "incoming-host")).to_have_value("imap.gmail.com")
    assert values(add_page, *INCOMING) == ["imap", "imap.gmail.com", "993", "tls", "ada@gmail.com"]
    assert values(add_page, *OUTGOING) == ["smtp.gmail.com", "465", "tls"]


def test_particulars_stay_in_sight_in_the_next_steps(add_page: Page) -> None:
    field(add_page, "name").fill("Helpdesk")
    type_address(add_page, "ada@gmail.com")

    add_page.locator("[data-continue]:visible").click()

    expect(field(add_page, "incoming-host")).to_be_visible()
    expect(add_page.get_by_text("app password")).to_be_visible()


def test_what_was_typed_is_not_overwritten(add_page: Page) -> None:
    field(add_page, "name").fill("Helpdesk")
    type_address(add_page, "ada@gmail.com")
    add_page.locator("[data-continue]:visible").click()
    field(add_page, "incoming-host").fill("imap.own.example")
    add_page.locator("[data-step-toggle]").first.click()

    type_address(add_page, "ada@yahoo.com")

    expect(field(add_page, "outgoing-host")).to_have_value("smtp.mail.yahoo.com")
    assert values(add_page, *INCOMING) == ["imap", "imap.own.example", "993", "tls", "ada@yahoo.com"]


def test_another_server_that_was_found_can_be_chosen(add_page: Page) -> None:
    type_address(add_page, "ada@gmail.com")
    expect(field(add_page, "incoming-host")).to_have_value("imap.gmail.com")

    add_page.get_by_role("button", name="Use POP3 pop.gmail.com, port 995").click()

    assert values(add_page, *INCOMING) == ["pop3", "pop.gmail.com", "995", "tls", "ada@gmail.com"]
    expect(add_page.get_by_role("button", name="Use POP3 pop.gmail.com, port 995")).to_have_text("Filled in")


def test_what_was_found_for_another_address_leaves_again(add_page: Page) -> None:
    type_address(add_page, "ada@gmail.com")
    expect(field(add_page, "incoming-host")).to_have_value("imap.gmail.com")

    type_address(add_page, "ada@proton.me")

    expect(add_page.get_by_text("Proton Mail keeps the mail of proton.me.")).to_be_visible()
    assert values(add_page, *INCOMING) == ["pop3", "", "110", "none", "ada@proton.me"]
    assert values(add_page, *OUTGOING) == ["", "587", "starttls"]


def test_different_user_names_are_asked_for_separately(add_page: Page) -> None:
    type_address(add_page, "ada@icloud.com")

    expect(field(add_page, "incoming-username")).to_have_value("ada")
    expect(field(add_page, "outgoing-username")).to_have_value("ada@icloud.com")
    expect(field(add_page, "outgoing-same_sign_in")).not_to_be_checked()


def test_a_restored_draft_is_not_overwritten(add_page: Page, live_server: LiveServer) -> None:
    type_address(add_page, "ada@gmail.com")
    expect(field(add_page, "incoming-host")).to_have_value("imap.gmail.com")
    add_page.get_by_role("button", name="Use POP3 pop.gmail.com, port 995").click()
    add_page.goto(live_server.url + reverse("mailboxes:mailbox-list"))

    with add_page.expect_response("**/connection-test/discover/"):
        add_page.goto(live_server.url + reverse("mailboxes:mailbox-add"))

    expect(add_page.get_by_text("Gmail keeps the mail of gmail.com.")).to_be_visible()
    assert values(add_page, *INCOMING)[:2] == ["pop3", "pop.gmail.com"]


def test_no_password_is_sent_along(add_page: Page) -> None:
    field(add_page, "name").fill("Helpdesk")
    type_address(add_page, "ada@gmail.com")
    add_page.locator("[data-continue]:visible").click()
    field(add_page, "incoming-password").fill("pw-CANARY-9f2c")
    add_page.locator("[data-step-toggle]").first.click()

    with add_page.expect_request("**/connection-test/discover/") as sent:
        field(add_page, "address").fill("ada@yahoo.com")

    assert sent.value.post_data == "address=ada%40yahoo.com"


def test_too_many_searches_are_answered_in_the_same_place(add_page: Page, people: Cast) -> None:
    for _ in range(throttling.TESTS_PER_MINUTE):
        throttling.admit_test(people.owner.user_id)

    type_address(add_page, "ada@gmail.com")

    expect(add_page.get_by_text("Nothing was looked up")).to_be_visible()


def test_the_page_says_that_it_is_looking(add_page: Page) -> None:
    waiting = add_page.get_by_text("Looking for the servers of this address.")
    expect(waiting).to_be_hidden()
    # The answer is held back until it was seen that the page waits for it.
    add_page.route("**/connection-test/discover/", lambda _route: None)

    field(add_page, "address").fill("ada@gmail.com")
    field(add_page, "address").blur()

    expect(waiting).to_be_visible()


def test_a_server_that_is_added_later_is_proposed_too(
    browser_page: Page, people: Cast, live_server: LiveServer
) -> None:
    mailbox = make_mailbox(people.tenant, "Sales", address="sales@fastmail.com")

    browser_page.goto(live_server.url + reverse("mailboxes:outgoing-add", args=[mailbox.pk]))

    expect(field(browser_page, "outgoing-host")).to_have_value("smtp.fastmail.com")
    expect(browser_page.get_by_role("button", name="Use SMTP smtp.fastmail.com, port 465")).to_be_visible()
    expect(browser_page.get_by_role("button", name="Use IMAP imap.fastmail.com, port 993")).to_be_hidden()
