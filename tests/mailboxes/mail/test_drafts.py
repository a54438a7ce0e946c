"""Drafts and files of the composer: what is being written is lost in no tab, and sent from one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, FrameLocator, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import OutgoingMessage
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.composers import wait_for_editor
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def server(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, from_address="support@acme.example")


@pytest.fixture
def tab(cast: Cast, live_server: LiveServer, page: Page) -> Iterator[Page]:
    """A page on which the member is signed in; it fails the test when it runs into a script error."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    _sign_in(page, cast, live_server)
    yield page
    assert errors == []


def _sign_in(page: Page, cast: Cast, live_server: LiveServer) -> None:
    session = signed_in(cast.member).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def _compose(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/compose/")
    wait_for_editor(page)


def _editor(page: Page) -> Locator:
    frame: FrameLocator = page.frame_locator(".tox-edit-area iframe")
    return frame.locator("body")


def _to(page: Page) -> Locator:
    return page.get_by_role("textbox", name="To", exact=True)


def _write(page: Page, *, to: str, body: str) -> None:
    _to(page).fill(to)
    _editor(page).fill(body)
    expect(page.get_by_text("Draft kept in this browser")).to_be_visible()


def _send(page: Page) -> None:
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Queued", exact=True)).to_be_visible()


def _lose_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def _choose(page: Page, *names: str) -> None:
    files: list[FilePayload] = [
        {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF" * 500} for name in names
    ]
    page.set_input_files("#composer-form input[type=file]", files)


def _sent_to(cast: Cast) -> list[str]:
    with tenant_scope(cast.tenant.pk):
        return sorted(one.to[0][1] for one in OutgoingMessage.objects.all())


def test_two_tabs_write_two_letters(cast: Cast, live_server: LiveServer, tab: Page) -> None:
    other_tab = tab.context.new_page()
    _compose(tab, live_server)
    _compose(other_tab, live_server)
    _write(other_tab, to="luc@customer.example", body="Dear Luc")

    _compose(tab, live_server)
    expect(_to(tab)).to_have_value("")
    _write(tab, to="grace@customer.example", body="Dear Grace")
    _send(tab)
    _send(other_tab)

    assert _sent_to(cast) == ["grace@customer.example", "luc@customer.example"]
    assert tab.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('mailhub.draft.'))") == []


def test_draft_of_a_closed_tab_is_offered_in_the_next(live_server: LiveServer, tab: Page) -> None:
    other_tab = tab.context.new_page()
    _compose(other_tab, live_server)
    _write(other_tab, to="luc@customer.example", body="Dear Luc")
    other_tab.close(run_before_unload=True)

    _compose(tab, live_server)

    expect(_to(tab)).to_have_value("luc@customer.example")
    expect(_editor(tab)).to_have_text("Dear Luc")


def test_draft_that_was_rewritten_after_its_answer_got_lost_is_sent_too(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    _compose(tab, live_server)
    _write(tab, to="grace@customer.example", body="Dear Grace")
    tab.route("**/compose/", _lose_the_answer)
    with tab.expect_event("requestfailed"):
        tab.get_by_role("button", name="Send").click()
    tab.unroute("**/compose/")
    assert _sent_to(cast) == ["grace@customer.example"]

    _compose(tab, live_server)
    _write(tab, to="luc@customer.example", body="Dear Luc")
    tab.get_by_role("button", name="Send").click()
    expect(tab.get_by_text("A message was sent from this form already.")).to_be_visible()
    expect(_editor(tab)).to_have_text("Dear Luc")
    _send(tab)

    assert _sent_to(cast) == ["grace@customer.example", "luc@customer.example"]


def test_draft_waits_when_the_session_ended_while_it_was_written(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    _compose(tab, live_server)
    _write(tab, to="grace@customer.example", body="Dear Grace")
    tab.context.clear_cookies(name="sessionid")

    tab.get_by_role("button", name="Send").click()
    tab.wait_for_url("**/login/**", timeout=8000)

    _sign_in(tab, cast, live_server)
    _compose(tab, live_server)
    expect(_editor(tab)).to_have_text("Dear Grace")
    _send(tab)
    assert _sent_to(cast) == ["grace@customer.example"]


def test_draft_with_a_recipient_alone_is_kept(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    _to(tab).fill("grace@customer.example")
    expect(tab.get_by_text("Draft kept in this browser")).to_be_visible()

    _compose(tab, live_server)

    expect(_to(tab)).to_have_value("grace@customer.example")


def test_discarded_text_can_be_taken_back(cast: Cast, live_server: LiveServer, tab: Page) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    tab.goto(f"{live_server.url}/inbox/{conversation.pk}/")
    tab.keyboard.press("r")
    wait_for_editor(tab)
    _editor(tab).press_sequentially("Half a thought")
    expect(tab.get_by_text("Draft kept in this browser")).to_be_visible()

    tab.get_by_role("link", name="Discard").click()
    expect(tab.locator("#composer-form")).to_have_count(0)
    tab.get_by_role("link", name="Undo").click()

    expect(_editor(tab)).to_have_text("Half a thought")
    expect(tab.get_by_text("Draft restored")).to_be_visible()

    tab.get_by_role("link", name="Discard").click()
    expect(tab.get_by_role("link", name="Undo")).to_be_visible()
    tab.reload()
    expect(tab.get_by_role("link", name="Undo")).to_have_count(0)
    tab.keyboard.press("r")
    expect(_editor(tab)).to_have_text("")


def test_files_chosen_later_join_the_first_and_each_can_be_removed(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    _compose(tab, live_server)
    _write(tab, to="grace@customer.example", body="Dear Grace")
    _choose(tab, "offer.pdf", "terms.pdf")
    _choose(tab, "plan.pdf")
    expect(tab.get_by_text("3 files, 5.9 KB together")).to_be_visible()

    tab.get_by_role("button", name="Remove terms.pdf").click()
    expect(tab.get_by_text("2 files, 3.9 KB together")).to_be_visible()
    _send(tab)

    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.get().attachment_names == ["offer.pdf", "plan.pdf"]


def test_restored_draft_says_which_files_to_choose_again(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    _choose(tab, "offer.pdf")
    _write(tab, to="grace@customer.example", body="Dear Grace")

    _compose(tab, live_server)

    expect(tab.get_by_text("Choose them again: offer.pdf")).to_be_visible()
