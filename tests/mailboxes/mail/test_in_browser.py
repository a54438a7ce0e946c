"""What only a browser can show: no request to outside hosts, drafts, the keyboard, and a list that does not jump."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import Conversation, Delivery, OutgoingMessage
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.composers import choose, recipients_in, wait_for_editor, wait_until_saved, write
from tests.mailboxes.mail.factories import conversation_of, make_raw, receive, send, settle

pytestmark = pytest.mark.django_db(transaction=True)

NEWSLETTER = """<body background="http://tracker.example/0.gif"><link rel=stylesheet href="http://tracker.example/1.css">
<style>@import "http://tracker.example/2.css"; body { background: url(http://tracker.example/3.gif) }</style>
<img src="http://tracker.example/4.gif"><img srcset="http://tracker.example/5.gif 2x">
<div style="background-image:url(http://tracker.example/6.gif)">words</div>
<script>fetch("http://tracker.example/7")</script></body>"""


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    return make_cast()


@pytest.fixture
def server(cast: Cast) -> OutgoingServer:
    return make_outgoing(cast.mailbox, from_address="support@acme.example")


@pytest.fixture
def inbox(cast: Cast, live_server: LiveServer, page: Page) -> Iterator[Page]:
    """A page on which the member is signed in; it fails the test when it runs into a script error."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    session = signed_in(cast.member).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield page
    assert errors == []


def _open(page: Page, live_server: LiveServer, conversation: Conversation, more: str = "") -> None:
    page.goto(f"{live_server.url}/inbox/{conversation.pk}/{more}")


def test_opening_a_mail_asks_no_outside_host_before_consent(cast: Cast, live_server: LiveServer, inbox: Page) -> None:
    message = receive(cast.mailbox, make_raw(html=NEWSLETTER))
    asked: list[str] = []
    inbox.on("request", lambda request: asked.append(request.url))

    _open(inbox, live_server, conversation_of(message))
    expect(inbox.frame_locator("iframe.frame").get_by_text("words")).to_be_visible()
    inbox.wait_for_load_state("networkidle")

    assert [url for url in asked if "tracker.example" in url] == []

    inbox.get_by_role("link", name="show", exact=True).click()
    inbox.wait_for_event("request", lambda request: request.url == "http://tracker.example/4.gif")

    assert {url for url in asked if "tracker.example" in url} == {"http://tracker.example/4.gif"}


def test_draft_survives_a_reload_and_goes_when_it_is_sent(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    _open(inbox, live_server, conversation)
    inbox.keyboard.press("r")
    editor = inbox.frame_locator(".tox-edit-area iframe").locator("body")
    wait_for_editor(inbox)
    editor.press_sequentially("Half a thought")
    wait_until_saved(inbox)

    _open(inbox, live_server, conversation)
    wait_for_editor(inbox)

    expect(editor).to_have_text("Half a thought")

    editor.press("Control+Enter")
    inbox.wait_for_url("**open=**")

    assert inbox.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('mailhub.draft.'))") == []
    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.count() == 1
        assert b"Half a thought" in OutgoingMessage.objects.get().raw()


def test_refused_letter_keeps_its_text_and_its_files(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    inbox.goto(f"{live_server.url}/compose/")
    wait_for_editor(inbox)
    editor = inbox.frame_locator(".tox-edit-area iframe").locator("body")
    write(inbox, to="nobody", body="What I typed")
    choose(inbox, "offer.pdf")

    inbox.locator("#composer-send").click()

    expect(inbox.get_by_text("is no address that mail can be sent to")).to_be_visible()
    expect(editor).to_have_text("What I typed")

    inbox.get_by_role("button", name="Remove nobody").click()
    recipients_in(inbox).fill("nina@customer.example")
    inbox.locator("#composer-send").dblclick()
    inbox.wait_for_url("**open=**")

    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.get().attachment_names == ["offer.pdf"]


def test_keys_go_through_the_list_and_close(cast: Cast, live_server: LiveServer, inbox: Page) -> None:
    for subject in ("First", "Second", "Third"):
        receive(cast.mailbox, make_raw(subject=subject))
    inbox.goto(f"{live_server.url}/inbox/")

    for key in "jjo":
        inbox.keyboard.press(key)
    expect(inbox.locator(".conversation-subject")).to_have_text("Second")
    expect(inbox.locator(".mail-row[aria-current]")).to_contain_text("Second")
    expect(inbox.locator(".mail-row.is-unread")).to_have_count(2)
    expect(inbox.locator("#side-unread")).to_have_text("2 unread")
    inbox.keyboard.press("e")

    expect(inbox.locator(".mail-row")).to_have_count(2)
    expect(inbox.locator(".conversation-subject")).to_have_text("First")
    with tenant_scope(cast.tenant.pk):
        assert Conversation.objects.get(status="closed").subject == "Second"

    inbox.get_by_role("button", name="Undo").click()

    expect(inbox.locator(".conversation-subject")).to_have_text("Second")
    expect(inbox.locator(".mail-row")).to_have_count(3)


def test_phone_goes_back_to_the_list_when_a_conversation_is_closed(
    cast: Cast, live_server: LiveServer, inbox: Page
) -> None:
    receive(cast.mailbox, make_raw(subject="First"))
    conversation = conversation_of(receive(cast.mailbox, make_raw(subject="Second")))
    inbox.set_viewport_size({"width": 390, "height": 844})
    _open(inbox, live_server, conversation)

    inbox.get_by_role("button", name="Close", exact=True).click()

    expect(inbox.locator(".mail-row")).to_have_count(1)
    expect(inbox.locator(".mail-list")).to_be_visible()


def test_new_mail_appears_by_itself_and_waits_while_someone_points_at_the_list(
    cast: Cast, live_server: LiveServer, inbox: Page
) -> None:
    receive(cast.mailbox, make_raw(subject="First"))
    inbox.clock.install()
    inbox.goto(f"{live_server.url}/inbox/")
    inbox.mouse.move(1000, 400)
    rows = inbox.locator(".mail-row")
    expect(rows).to_have_count(1)

    receive(cast.mailbox, make_raw(subject="Second"))
    inbox.clock.run_for(11_000)
    expect(rows).to_have_count(2)

    rows.first.hover()
    receive(cast.mailbox, make_raw(subject="Third"))
    inbox.clock.run_for(11_000)
    bar = inbox.get_by_role("button", name="1 new")
    expect(bar).to_be_visible()
    expect(inbox.locator("#side-unread")).to_have_text("3 unread")
    expect(rows).to_have_count(2)

    bar.click()
    expect(rows).to_have_count(3)
    expect(bar).to_be_hidden()


def test_sent_card_follows_its_delivery_until_it_is_settled(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    outgoing = send(server, cast.member)
    with tenant_scope(cast.tenant.pk):
        conversation = Conversation.objects.get()
    inbox.clock.install()
    _open(inbox, live_server, conversation)
    expect(inbox.get_by_text("Queued", exact=True)).to_be_visible()

    settle(outgoing, Delivery.State.UNCERTAIN)
    inbox.clock.run_for(4_000)
    inbox.get_by_role("button", name="Send again").click()

    expect(inbox.get_by_role("dialog")).to_contain_text("it arrives twice")
    assert inbox.locator(".deliveries[hx-trigger]").count() == 0


def test_phone_shows_one_pane_and_leads_back_to_the_row(cast: Cast, live_server: LiveServer, inbox: Page) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw()))
    inbox.set_viewport_size({"width": 390, "height": 844})
    inbox.goto(f"{live_server.url}/inbox/")

    inbox.locator(".mail-row").click()
    expect(inbox.locator(".conversation-subject")).to_be_visible()
    expect(inbox.locator(".mail-list")).to_be_hidden()
    assert inbox.evaluate("document.documentElement.scrollWidth <= innerWidth")

    inbox.get_by_role("link", name="Back to the list").click()
    expect(inbox).to_have_url(re.compile(f"#conversation-{conversation.pk}$"))
    expect(inbox.locator(".mail-list")).to_be_visible()


def test_phone_can_press_reply_below_a_long_conversation(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    conversation = conversation_of(receive(cast.mailbox, make_raw(text="A long line.\n" * 200)))
    inbox.set_viewport_size({"width": 390, "height": 844})
    _open(inbox, live_server, conversation)

    inbox.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    inbox.get_by_role("link", name="Reply", exact=True).click(timeout=5000)

    expect(inbox.frame_locator(".tox-edit-area iframe").locator("body")).to_be_visible()
