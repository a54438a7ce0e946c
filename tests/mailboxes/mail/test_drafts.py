"""Drafts and files of the composer: what is being written is lost in no tab and on no way, and sent from one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import Draft, MailboxAccess, OutgoingMessage
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.composers import (
    chips_in,
    choose,
    editor_of,
    recipients_in,
    send,
    wait_for_editor,
    wait_until_saved,
    write,
)
from tests.mailboxes.mail.factories import PNG, conversation_of, make_raw, receive

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


def _lose_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def _wait_until_sent(page: Page) -> None:
    page.wait_for_url("**/inbox/*/?*open=*")


def _sent_to(cast: Cast) -> list[str]:
    with tenant_scope(cast.tenant.pk):
        return sorted(one.to[0][1] for one in OutgoingMessage.objects.all())


def _kept_locally(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('mailhub.draft.'))")
    return found


def test_two_tabs_write_two_letters(cast: Cast, live_server: LiveServer, tab: Page) -> None:
    other_tab = tab.context.new_page()
    _compose(tab, live_server)
    _compose(other_tab, live_server)
    write(other_tab, to="luc@customer.example", body="Dear Luc")
    write(tab, to="grace@customer.example", body="Dear Grace")

    send(tab)
    send(other_tab)
    _wait_until_sent(tab)
    _wait_until_sent(other_tab)

    assert _sent_to(cast) == ["grace@customer.example", "luc@customer.example"]
    assert _kept_locally(tab) == []


def test_draft_of_a_closed_tab_is_offered_in_the_next(live_server: LiveServer, tab: Page) -> None:
    other_tab = tab.context.new_page()
    _compose(other_tab, live_server)
    write(other_tab, to="luc@customer.example", body="Dear Luc")
    other_tab.close(run_before_unload=True)

    _compose(tab, live_server)
    tab.get_by_role("link", name="Go on with your draft to luc@customer.example").click()
    wait_for_editor(tab)

    expect(chips_in(tab)).to_have_text(["luc@customer.example×"])
    expect(editor_of(tab)).to_have_text("Dear Luc")


def test_draft_is_on_the_page_again_after_a_reload(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    write(tab, to="grace@customer.example")

    tab.reload()
    wait_for_editor(tab)

    expect(chips_in(tab)).to_have_text(["grace@customer.example×"])


def test_draft_that_was_rewritten_after_its_answer_got_lost_is_sent_too(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    _compose(tab, live_server)
    write(tab, to="grace@customer.example", body="Dear Grace")
    tab.route("**/compose/", _lose_the_answer)
    # Not the question what is true of the letter, which the browser drops when it is sent.
    with tab.expect_event("requestfailed", lambda request: request.url.endswith("/compose/")):
        send(tab)
    tab.unroute("**/compose/")
    assert _sent_to(cast) == ["grace@customer.example"]

    tab.get_by_role("button", name="Remove grace@customer.example").click()
    recipients_in(tab).fill("luc@customer.example")
    recipients_in(tab).press("Enter")
    editor_of(tab).fill("Dear Luc")
    wait_until_saved(tab)
    send(tab)
    _wait_until_sent(tab)

    assert _sent_to(cast) == ["grace@customer.example", "luc@customer.example"]


def test_draft_waits_when_the_session_ended_while_it_was_written(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    _compose(tab, live_server)
    write(tab, to="grace@customer.example", body="Dear Grace")
    tab.context.clear_cookies(name="sessionid")
    editor_of(tab).press_sequentially(", hello")
    expect(tab.get_by_text("you are signed out")).to_be_visible()

    send(tab)
    tab.wait_for_url("**/login/**")

    _sign_in(tab, cast, live_server)
    _compose(tab, live_server)
    expect(editor_of(tab)).to_contain_text("hello")
    wait_until_saved(tab)
    assert _kept_locally(tab) == []
    send(tab)
    _wait_until_sent(tab)
    assert _sent_to(cast) == ["grace@customer.example"]


def test_text_is_kept_in_the_browser_while_the_server_is_away(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    tab.route("**/drafts/save/", lambda route: route.abort())
    editor_of(tab).press_sequentially("Half a thought")
    expect(tab.get_by_text("Not saved yet: no connection")).to_be_visible()
    assert len(_kept_locally(tab)) == 1

    tab.unroute("**/drafts/save/")

    expect(tab.locator("[data-draft-note]")).to_contain_text("Saved ")
    assert _kept_locally(tab) == []


def test_discarded_text_can_be_taken_back(cast: Cast, live_server: LiveServer, tab: Page) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    tab.goto(f"{live_server.url}/inbox/{conversation.pk}/")
    tab.keyboard.press("r")
    wait_for_editor(tab)
    write(tab, body="Half a thought")

    tab.get_by_role("link", name="Discard").click()
    expect(tab.locator("#composer-form")).to_have_count(0)
    tab.get_by_role("link", name="Undo").click()
    tab.wait_for_url("**/reply/")
    wait_for_editor(tab)

    expect(editor_of(tab)).to_contain_text("Half a thought")

    tab.get_by_role("link", name="Discard").click()
    expect(tab.get_by_role("link", name="Undo")).to_be_visible()
    tab.reload()
    expect(tab.get_by_role("link", name="Undo")).to_have_count(0)
    with tenant_scope(cast.tenant.pk):
        assert not Draft.objects.exists()


def test_draft_opens_with_its_conversation_in_another_browser(cast: Cast, live_server: LiveServer, tab: Page) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    tab.goto(f"{live_server.url}/inbox/{conversation.pk}/reply/")
    wait_for_editor(tab)
    write(tab, body="Half a thought")

    tab.evaluate("localStorage.clear()")
    tab.goto(f"{live_server.url}/inbox/{conversation.pk}/")

    wait_for_editor(tab)
    expect(editor_of(tab)).to_contain_text("Half a thought")


def test_older_page_of_the_same_draft_is_told_and_nothing_is_lost(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    other_tab = tab.context.new_page()
    for page in (tab, other_tab):
        page.goto(f"{live_server.url}/inbox/{conversation.pk}/reply/")
        wait_for_editor(page)
    write(tab, body="First words")

    editor_of(other_tab).fill("Other words")

    expect(other_tab.get_by_text("You changed this draft on another page")).to_be_visible()
    other_tab.get_by_role("button", name="Show the other version").click()
    expect(editor_of(other_tab)).to_have_text("First words")
    other_tab.get_by_role("button", name="Back to what I wrote here").click()
    expect(editor_of(other_tab)).to_have_text("Other words")
    other_tab.get_by_role("button", name="Keep this one").click()
    wait_until_saved(other_tab)
    with tenant_scope(cast.tenant.pk):
        assert "Other words" in Draft.objects.get().fields["body"]


def test_chosen_files_are_attached_at_once_and_each_can_be_removed(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    _compose(tab, live_server)
    write(tab, to="grace@customer.example", body="Dear Grace")
    choose(tab, "offer.pdf", "terms.pdf")
    choose(tab, "plan.pdf")

    tab.get_by_role("button", name="Remove terms.pdf").click()
    expect(tab.locator("[data-files] li")).to_have_count(2)
    send(tab)
    _wait_until_sent(tab)

    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.get().attachment_names == ["offer.pdf", "plan.pdf"]


def test_files_are_there_when_the_draft_is_opened_again(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    choose(tab, "offer.pdf")

    tab.reload()

    expect(tab.locator("[data-files]").get_by_role("link", name="offer.pdf")).to_be_visible()


_DROP = """([name, type, octets]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(octets)], name, { type }));
  document.querySelector("#composer-form").dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""
_PASTE = """(octets) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(octets)], "image.png", { type: "image/png" }));
  const body = document.querySelector(".tox-edit-area iframe").contentDocument.body;
  body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: transfer }));
}"""


def test_dropped_files_and_pasted_pictures_are_attached(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)

    tab.evaluate(_DROP, ["offer.pdf", "application/pdf", list(b"%PDF")])
    tab.evaluate(_PASTE, list(PNG))

    files = tab.locator("[data-files]")
    expect(files.get_by_role("link", name="offer.pdf")).to_be_visible()
    expect(files.get_by_role("link", name="image.png")).to_be_visible()


def test_file_that_is_too_large_is_refused_before_it_is_uploaded(
    live_server: LiveServer, tab: Page, tmp_path: Path
) -> None:
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(26 * 1024 * 1024)
    _compose(tab, live_server)

    tab.set_input_files("#composer-form input[type=file]", large)

    expect(tab.get_by_text("a mail carries at most 25.0 MB")).to_be_visible()


def test_upload_that_failed_can_be_tried_again(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    tab.route("**/attachments/", lambda route: route.abort())
    tab.set_input_files(
        "#composer-form input[type=file]", {"name": "offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}
    )
    again = tab.get_by_role("button", name="Try again: offer.pdf")
    expect(again).to_be_visible()

    tab.unroute("**/attachments/")
    again.click()

    expect(tab.locator("[data-files]").get_by_role("link", name="offer.pdf")).to_be_visible()


def test_text_stays_on_the_screen_when_the_mailbox_is_taken_away(
    cast: Cast, live_server: LiveServer, tab: Page
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    tab.goto(f"{live_server.url}/inbox/{conversation.pk}/reply/")
    wait_for_editor(tab)
    write(tab, body="Half a thought")
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.filter(membership=cast.member).delete()

    send(tab)

    expect(tab.get_by_text("Not sent: you may not write here any more.")).to_be_visible()
    expect(editor_of(tab)).to_contain_text("Half a thought")
    assert _sent_to(cast) == []


def test_plain_text_keeps_every_word_and_formatting_comes_back(live_server: LiveServer, tab: Page) -> None:
    _compose(tab, live_server)
    tab.evaluate("window.hugerte.activeEditor.setContent('<p>Dear <b>Luc</b></p><ul><li>one</li></ul>')")

    tab.get_by_role("button", name="Plain text").click()

    expect(tab.locator("#composer-form textarea[name=body]")).to_have_value("Dear Luc\n\n- one")
    tab.get_by_role("button", name="Undo").click()
    expect(editor_of(tab).locator("b, strong")).to_have_text("Luc")


def test_people_are_completed_by_the_keyboard(cast: Cast, live_server: LiveServer, tab: Page) -> None:
    receive(cast.mailbox, make_raw())
    receive(cast.hidden_mailbox, make_raw(from_="Nils Secret <nils@secret.example>"))
    _compose(tab, live_server)

    recipients_in(tab).press_sequentially("ni")
    expect(tab.locator(".recipient-option")).to_have_count(1)
    recipients_in(tab).press("ArrowDown")
    recipients_in(tab).press("Enter")

    expect(chips_in(tab)).to_have_text(["Nina Berg×"])
