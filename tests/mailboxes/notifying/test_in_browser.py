"""The bell in an open page: its count, the note at the edge, and its menu."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import Notification
from mailboxes.notifying import telling
from mailhub import clock
from mailhub.tenancy.scope import tenant_scope
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.notifying.rows import make_conversation

pytestmark = pytest.mark.django_db(transaction=True)

_LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    return make_cast()


@pytest.fixture
def open_page(cast: Cast, live_server: LiveServer, page: Page) -> Iterator[Page]:
    """A page on which the member is signed in; it fails the test when it runs into a script error."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    session = signed_in(cast.member).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/settings/profile/")
    yield page
    assert errors == []


def _assign(cast: Cast, subject: str) -> None:
    with tenant_scope(cast.tenant.pk):
        conversation = make_conversation(cast.mailbox, subject)
        telling.tell_assigned([conversation], cast.member, actor=cast.owner, now=clock.now())


def test_what_is_new_is_counted_and_shown_without_a_reload(cast: Cast, open_page: Page) -> None:
    expect(open_page.locator(".bell-count")).to_have_count(0)

    _assign(cast, "A <b>broken</b> lamp")
    open_page.evaluate(_LOOK_AGAIN)

    expect(open_page.locator("#bell-count")).to_have_text("1 unread")
    expect(open_page.locator(".toast-words")).to_have_text(
        f"{cast.owner.user} assigned it to you: A <b>broken</b> lamp"
    )


def test_the_menu_of_the_bell_marks_one_as_read_and_leads_to_the_others(cast: Cast, open_page: Page) -> None:
    _assign(cast, "First")
    _assign(cast, "Second")
    open_page.reload()

    open_page.get_by_role("button", name="Notifications").click()
    expect(open_page.locator("#bell-menu .news-item.is-unread")).to_have_count(2)
    open_page.get_by_role("button", name="Mark as read").first.click()

    expect(open_page.locator("#bell-menu .news-item.is-unread")).to_have_count(1)
    expect(open_page.locator("#bell-count")).to_have_text("1 unread")
    with tenant_scope(cast.tenant.pk):
        assert Notification.objects.get(read_at=None).conversation.subject == "First"


def test_a_switch_is_saved_as_it_is_turned(cast: Cast, live_server: LiveServer, open_page: Page) -> None:
    open_page.goto(f"{live_server.url}/settings/notifications/")

    with open_page.expect_response(lambda answer: answer.request.method == "POST"):
        open_page.get_by_role("switch", name="Mentioned in a note: by mail").uncheck()
    open_page.reload()

    expect(open_page.get_by_role("switch", name="Mentioned in a note: by mail")).not_to_be_checked()
    expect(open_page.get_by_role("switch", name="Mentioned in a note: in the browser")).to_be_checked()
