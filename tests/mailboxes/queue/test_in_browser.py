"""What only a browser can show: selecting, the keyboard, and a list that changes while somebody works in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import Conversation, MailboxAccess
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.queue.factories import make_conversation, make_conversations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    return make_cast()


@pytest.fixture
def inbox(cast: Cast, live_server: LiveServer, page: Page) -> Iterator[Page]:
    """The inbox of the member; a script error in it fails the test."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    session = signed_in(cast.member).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.set_viewport_size({"width": 1440, "height": 900})
    page.clock.install()
    make_conversations(cast.mailbox, ["First", "Second", "Third", "Fourth"])
    page.goto(f"{live_server.url}/inbox/")
    yield page
    assert errors == []


def _statuses(cast: Cast) -> dict[str, str]:
    with tenant_scope(cast.tenant.pk):
        return dict(Conversation.objects.values_list("subject", "status"))


def test_keys_select_close_and_undo(cast: Cast, inbox: Page) -> None:
    for key in "jxjx":
        inbox.keyboard.press(key)
    expect(inbox.locator(".bulk-count")).to_have_text("2 selected")

    inbox.keyboard.press("e")
    expect(inbox.locator(".mail-row")).to_have_count(2)
    expect(inbox.locator("#bulk-form")).to_be_hidden()
    assert _statuses(cast) == {"First": "closed", "Second": "closed", "Third": "open", "Fourth": "open"}

    inbox.keyboard.press("z")
    expect(inbox.locator(".mail-row")).to_have_count(4)
    assert set(_statuses(cast).values()) == {"open"}


def test_key_acts_on_the_row_that_has_the_focus(cast: Cast, inbox: Page) -> None:
    inbox.keyboard.press("j")
    inbox.keyboard.press("a")
    expect(inbox.get_by_role("button", name="Me", exact=True)).to_be_focused()

    inbox.keyboard.press("Enter")
    expect(inbox.get_by_text("1 conversation assigned to")).to_be_visible()

    with tenant_scope(cast.tenant.pk):
        assert Conversation.objects.get(assignee=cast.member).subject == "First"


def test_shift_and_a_click_take_all_in_between(cast: Cast, inbox: Page) -> None:
    boxes = inbox.locator(".row-check input")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(inbox.locator(".bulk-count")).to_have_text("3 selected")

    inbox.keyboard.press("Escape")
    expect(inbox.locator("#bulk-form")).to_be_hidden()


def test_keys_are_letters_while_one_types(cast: Cast, inbox: Page) -> None:
    inbox.keyboard.press("/")
    inbox.keyboard.type("exz")

    expect(inbox.get_by_role("searchbox", name="Search mail")).to_have_value("exz")
    expect(inbox.locator("#bulk-form")).to_be_hidden()
    assert set(_statuses(cast).values()) == {"open"}


def test_selection_and_focus_stay_when_mail_comes_in(cast: Cast, inbox: Page) -> None:
    row = inbox.locator(".mail-row", has_text="Second")
    row.focus()
    inbox.keyboard.press("x")
    make_conversation(cast.mailbox, "Just in")
    inbox.clock.run_for(6_000)
    bar = inbox.get_by_role("button", name="1 new")
    expect(bar).to_be_visible()
    expect(inbox.locator(".mail-row")).to_have_count(4)

    bar.click()

    expect(inbox.locator(".mail-row").first).to_contain_text("Just in")
    expect(inbox.locator(".mail-item.is-selected")).to_contain_text("Second")


def test_rows_vanish_while_the_page_is_open_when_the_permission_goes(cast: Cast, inbox: Page) -> None:
    inbox.locator(".mail-row").first.hover()
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.all().delete()

    inbox.clock.run_for(6_000)

    expect(inbox.locator(".mail-row")).to_have_count(0)


def test_list_goes_on_when_the_server_is_back(cast: Cast, inbox: Page) -> None:
    inbox.mouse.move(1300, 500)
    inbox.route("**/inbox/list/**", lambda route: route.abort())
    for _time in range(2):
        inbox.clock.run_for(11_000)
        inbox.wait_for_timeout(200)
    expect(inbox.locator("#list-away")).to_be_visible()
    expect(inbox.locator(".mail-row")).to_have_count(4)

    inbox.unroute("**/inbox/list/**")
    make_conversation(cast.mailbox, "While away")
    # Who comes back to the page need not wait for the next time.
    inbox.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(inbox.locator("#list-away")).to_be_hidden()
    expect(inbox.locator(".mail-row").first).to_contain_text("While away")
