"""Undoing in a browser: it counts down, on whatever page one is, and the key z undoes."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import Draft, OutgoingMessage
from mailboxes.writing import later
from mailhub.tenancy.scope import tenant_scope
from servers.models import OutgoingServer
from tests.factories import Cast, make_cast, make_outgoing, signed_in
from tests.mailboxes.mail.leaving import schedule, send_with_draft

pytestmark = pytest.mark.django_db(transaction=True)

_OFFER = "[data-undo-offer]"


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


@pytest.fixture
def long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sending be undone for as long as a page may take on a busy machine."""
    monkeypatch.setattr(later, "SEND_UNDO_SECONDS", 60)


def _send(page: Page, live_server: LiveServer) -> None:
    """Write a letter and send it, without the editor."""
    page.goto(f"{live_server.url}/compose/")
    page.fill("[name=subject]", "Your quote")
    page.evaluate(
        """() => {
            const form = document.querySelector("form[action*='/compose/']");
            const set = (name, value) => { form.elements[name].value = value; };
            set("to", "nina@customer.example");
            set("body", "Here it is.");
            set("body_format", "text");
            HTMLFormElement.prototype.submit.call(form);
        }"""
    )
    expect(page).to_have_url(re.compile("/inbox/"), timeout=20_000)


@pytest.mark.usefixtures("long_enough")
def test_sending_counts_down_and_z_undoes_it_on_another_page(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    _send(inbox, live_server)
    expect(inbox.locator(_OFFER)).to_contain_text(re.compile(r"Sent in \d+ s"))
    inbox.goto(f"{live_server.url}/scheduled/")
    expect(inbox.locator(_OFFER)).to_be_visible()

    inbox.keyboard.press("z")

    expect(inbox).to_have_url(re.compile("/compose/"))
    expect(inbox.locator(_OFFER)).to_have_count(0)
    with tenant_scope(cast.tenant.pk):
        assert not OutgoingMessage.objects.exists()
        assert "Here it is." in [draft.fields["body"] for draft in Draft.objects.unsent()]


def test_offer_goes_away_by_itself(cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page) -> None:
    _send(inbox, live_server)

    expect(inbox.locator(_OFFER)).to_have_count(0, timeout=15_000)

    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.exists()


@pytest.mark.usefixtures("long_enough")
def test_message_itself_counts_down_and_is_undone_by_its_button(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    outgoing = send_with_draft(server, cast.member)
    inbox.goto(f"{live_server.url}/inbox/{outgoing.conversation_id}/")
    expect(inbox.locator(".departure")).to_contain_text(re.compile(r"Leaves in \d+ s"))

    inbox.locator(".departure").get_by_role("button", name="Undo").click()

    expect(inbox).to_have_url(re.compile("/compose/"))
    with tenant_scope(cast.tenant.pk):
        assert not OutgoingMessage.objects.exists()


def test_z_in_a_field_is_a_letter(cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page) -> None:
    _send(inbox, live_server)
    inbox.goto(f"{live_server.url}/mailboxes/")
    inbox.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input id=typed>')")
    inbox.focus("#typed")

    inbox.keyboard.press("z")

    assert inbox.input_value("#typed") == "z"
    with tenant_scope(cast.tenant.pk):
        assert OutgoingMessage.objects.exists()


def test_list_of_what_is_scheduled_fits_a_phone(
    cast: Cast, server: OutgoingServer, live_server: LiveServer, inbox: Page
) -> None:
    schedule(server, cast.member, to="somebody-with-a-very-long-name-indeed@a-very-long-domain-name.customer.example")
    inbox.set_viewport_size({"width": 390, "height": 844})
    inbox.goto(f"{live_server.url}/scheduled/")

    expect(inbox.get_by_role("button", name="Cancel")).to_be_visible()

    assert inbox.evaluate("document.documentElement.scrollWidth") <= 390
