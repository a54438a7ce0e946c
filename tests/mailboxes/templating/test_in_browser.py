"""Templates in the composer, by keyboard and by mouse."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.composers import wait_for_editor
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive
from tests.mailboxes.templating.rows import make_template, sign

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    return make_cast()


@pytest.fixture
def composer(cast: Cast, live_server: LiveServer, page: Page) -> Iterator[Page]:
    """The composer of a reply by the owner; it fails the test when it runs into a script error."""
    make_outgoing(cast.mailbox, from_address="support@acme.example")
    sign(cast.mailbox, cast.owner)
    make_template(cast.tenant, "<p>A refund.</p>", name="A refund")
    make_template(
        cast.tenant, "<p>Dear {{ contact_first_name }}, in <b>two</b> days.</p>", name="Shipping times", subject="Soon"
    )
    conversation = conversation_of(receive(cast.mailbox, make_raw(from_="nina@customer.example")))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    session = signed_in(cast.owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/inbox/{conversation.pk}/reply/")
    wait_for_editor(page)
    yield page
    assert errors == []


def test_a_template_is_found_and_inserted_at_the_cursor_by_keyboard(composer: Page) -> None:
    editor = composer.frame_locator(".tox-edit-area iframe").locator("body")
    editor.press_sequentially("Before.")
    editor.press("Control+;")
    expect(composer.get_by_role("option", name="A refund")).to_be_visible()
    composer.keyboard.type("shipping")
    expect(composer.get_by_role("option", name="A refund")).to_be_hidden()

    composer.keyboard.press("Enter")

    expect(composer.locator("#template-picker")).to_be_hidden()
    expect(editor).to_contain_text("Before.")
    expect(editor).to_contain_text("Dear {{ contact_first_name }}, in two days.")
    warning = composer.locator("[data-template-note]")
    expect(warning).to_contain_text("contact_first_name has no value here")

    composer.locator("[data-letter-preview]").click()

    letter = composer.frame_locator("#letter-preview iframe").locator("body")
    expect(letter).to_contain_text("in two days.")
    expect(letter).to_contain_text("Anna Lund")
    expect(letter).to_contain_text("Could you send a quote?")


def test_arrows_choose_and_the_one_used_last_stands_first(composer: Page) -> None:
    def open_picker() -> None:
        composer.locator("[data-template-open]").click()
        expect(composer.locator("#template-options [role=option]").first).to_be_visible()

    open_picker()
    composer.keyboard.press("ArrowDown")
    expect(composer.locator('[role=option][aria-selected="true"]')).to_contain_text("Shipping times")
    composer.keyboard.press("Enter")
    expect(composer.locator("#template-picker")).to_be_hidden()

    open_picker()

    expect(composer.locator("#template-options [role=option]").first).to_contain_text("Shipping times")


def test_what_is_written_becomes_a_template_on_a_page_of_its_own(composer: Page) -> None:
    editor = composer.frame_locator(".tox-edit-area iframe").locator("body")
    editor.press_sequentially("Our hours are nine to five.")
    composer.locator("[data-template-open]").click()

    with composer.context.expect_page() as opened:
        composer.locator("[data-template-save]").click()

    page = opened.value
    expect(page.get_by_role("heading", name="Add template")).to_be_visible()
    expect(page.frame_locator(".tox-edit-area iframe").locator("body")).to_have_text("Our hours are nine to five.")
