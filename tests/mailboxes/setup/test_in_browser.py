"""What the scripts of the set-up pages do, in Chromium."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from servers.models import IncomingServer
from tests.factories import Cast, make_cast, make_incoming, signed_in
from tests.mailboxes.setup.typed import SECRET

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(transactional_db: None) -> Cast:
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
    # What a discovery finds is tested elsewhere; here it would ask name servers outside of this machine.
    browser_page.route("**/connection-test/discover/", lambda route: route.fulfill(status=422, body=""))
    browser_page.goto(live_server.url + reverse("mailboxes:mailbox-add"))
    return browser_page


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")


def go_on(page: Page) -> None:
    page.locator("[data-continue]:visible").click()


def fill_in_who(page: Page) -> None:
    field(page, "name").fill("Helpdesk")
    field(page, "address").fill("support@example.com")
    go_on(page)


def test_steps_open_as_the_one_before_is_right(add_page: Page) -> None:
    go_on(add_page)
    expect(field(add_page, "name")).to_be_visible()
    expect(field(add_page, "incoming-host")).to_be_hidden()

    fill_in_who(add_page)

    expect(field(add_page, "name")).to_be_hidden()
    expect(field(add_page, "incoming-host")).to_be_visible()


def test_untouched_port_follows_protocol_and_encryption(add_page: Page) -> None:
    fill_in_who(add_page)
    ports = [field(add_page, "incoming-port").input_value()]

    for name, value in (("protocol", "imap"), ("security", "tls"), ("protocol", "pop3")):
        field(add_page, f"incoming-{name}").select_option(value)
        ports.append(field(add_page, "incoming-port").input_value())

    assert ports == ["110", "143", "993", "995"]


def test_port_that_a_person_typed_stays(add_page: Page) -> None:
    fill_in_who(add_page)
    field(add_page, "incoming-port").fill("1110")

    field(add_page, "incoming-protocol").select_option("imap")

    expect(field(add_page, "incoming-port")).to_have_value("1110")


def test_words_say_what_happens_to_the_messages_on_the_server(add_page: Page) -> None:
    fill_in_who(add_page)
    field(add_page, "incoming-host").fill("pop.example.com")
    removed = add_page.get_by_text("is removed from pop.example.com as soon as it is stored safely here")
    expect(removed).to_be_visible()

    field(add_page, "incoming-protocol").select_option("imap")

    expect(add_page.get_by_label("Messages stay on the server")).to_be_checked()
    expect(removed).to_be_hidden()


def test_choice_of_copy_mail_survives_the_choice_of_protocol(add_page: Page) -> None:
    fill_in_who(add_page)
    add_page.get_by_label("Messages stay on the server").check()
    add_page.get_by_label("Messages are removed as soon as they are stored here").check()

    field(add_page, "incoming-protocol").select_option("imap")

    expect(add_page.get_by_label("Messages stay on the server")).not_to_be_checked()


def test_warning_stands_beside_an_unencrypted_server(add_page: Page) -> None:
    fill_in_who(add_page)
    warning = add_page.locator("#step-receive [data-when-plaintext]")
    expect(warning).to_be_visible()

    field(add_page, "incoming-security").select_option("tls")

    expect(warning).to_be_hidden()


def test_leaving_and_coming_back_loses_nothing_but_the_password(add_page: Page, live_server: LiveServer) -> None:
    fill_in_who(add_page)
    field(add_page, "incoming-host").fill("pop.example.com")
    field(add_page, "incoming-password").fill(SECRET)
    add_page.goto(live_server.url + reverse("mailboxes:mailbox-list"))

    add_page.goto(live_server.url + reverse("mailboxes:mailbox-add"))

    expect(field(add_page, "name")).to_have_value("Helpdesk")
    expect(field(add_page, "incoming-host")).to_have_value("pop.example.com")
    expect(field(add_page, "incoming-password")).to_have_value("")
    assert SECRET not in add_page.evaluate("JSON.stringify(sessionStorage)")


def test_four_steps_add_a_mailbox_with_one_password_typed_once(add_page: Page, people: Cast) -> None:
    fill_in_who(add_page)
    field(add_page, "incoming-host").fill("pop.example.com")
    field(add_page, "incoming-password").fill(SECRET)
    go_on(add_page)
    expect(field(add_page, "outgoing-host")).to_have_value("smtp.example.com")
    expect(field(add_page, "outgoing-username")).to_be_hidden()
    go_on(add_page)
    add_page.get_by_role("button", name="Add mailbox").click()

    expect(add_page).to_have_url(re.compile(r"/mailboxes/[0-9a-f-]{36}/$"))
    with tenant_scope(people.tenant.pk):
        server = IncomingServer.objects.get(host="pop.example.com")
        sign_in = server.mailbox.outgoing_servers.get().sign_in()
    assert server.username == "support@example.com"
    assert sign_in is not None
    assert sign_in.password.reveal() == SECRET


def test_test_shows_its_steps_beside_the_form(add_page: Page) -> None:
    fill_in_who(add_page)
    field(add_page, "incoming-host").fill("127.0.0.1")
    field(add_page, "incoming-password").fill(SECRET)

    add_page.locator("#step-receive").get_by_role("button", name="Test", exact=True).click()

    expect(add_page.locator("#incoming-test .step-failed")).to_contain_text("Look up the host name")
    expect(field(add_page, "incoming-password")).to_have_value(SECRET)


def test_too_many_tests_are_answered_in_the_same_place(add_page: Page) -> None:
    fill_in_who(add_page)
    field(add_page, "incoming-host").fill("127.0.0.1")
    field(add_page, "incoming-password").fill(SECRET)
    button = add_page.locator("#step-receive").get_by_role("button", name="Test", exact=True)

    for _ in range(11):
        with add_page.expect_response("**/connection-test/incoming/"):
            button.click()

    expect(add_page.locator("#incoming-test")).to_contain_text("Too many tests")


def test_page_of_a_mailbox_follows_the_first_poll_and_keeps_the_focus(
    browser_page: Page, people: Cast, live_server: LiveServer
) -> None:
    server = make_incoming(people.mailbox)
    browser_page.goto(live_server.url + reverse("mailboxes:mailbox-detail", args=[people.mailbox.pk]))
    expect(browser_page.locator("#incoming-state")).to_contain_text("Not tried yet")
    button = browser_page.get_by_role("button", name="Fetch now")
    button.focus()

    with tenant_scope(people.tenant.pk):
        later = clock.now() + timedelta(minutes=1)
        IncomingServer.objects.filter(pk=server.pk).update(last_success_at=clock.now(), next_poll_at=later)

    expect(browser_page.locator("#incoming-state")).to_contain_text("Working")
    expect(browser_page.locator("#servers-refresh")).to_have_attribute("hx-trigger", "every 20s")
    expect(button).to_be_focused()


def fill_in_everything(page: Page) -> None:
    fill_in_who(page)
    field(page, "incoming-host").fill("pop.example.com")
    field(page, "incoming-password").fill(SECRET)
    go_on(page)
    go_on(page)


@pytest.mark.parametrize("status", [0, 500], ids=["offline", "our fault"])
def test_draft_survives_an_answer_that_is_none(add_page: Page, status: int) -> None:
    address = add_page.url
    fill_in_everything(add_page)

    def fail(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
        elif status:
            route.fulfill(status=status, content_type="text/html", body="<h1>Something broke on our side</h1>")
        else:
            route.abort()

    add_page.route(address, fail)
    with add_page.expect_event("requestfailed" if status == 0 else "response"):
        add_page.get_by_role("button", name="Add mailbox").click()
    add_page.wait_for_timeout(200)

    add_page.goto(address)

    expect(field(add_page, "name")).to_have_value("Helpdesk")
    expect(field(add_page, "incoming-host")).to_have_value("pop.example.com")


def test_draft_is_forgotten_once_the_mailbox_is_there(add_page: Page) -> None:
    address = add_page.url
    fill_in_everything(add_page)
    add_page.get_by_role("button", name="Add mailbox").click()
    expect(add_page).to_have_url(re.compile(r"/mailboxes/[0-9a-f-]{36}/$"))
    expect(add_page.get_by_text("Helpdesk was added.")).to_be_visible()

    add_page.goto(address)

    expect(field(add_page, "name")).to_have_value("")
