"""People of one account, each with a browser of their own, and the server that takes their mail."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connections
from playwright.sync_api import Expect, Locator, Response
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_playwright.pytest_playwright import CreateContextCallback

from mailboxes import delivering
from mailboxes.models import Conversation, MailboxAccess
from mailhub import clock
from mailhub.tenancy.models import Membership
from mailhub.tenancy.permissions import Role
from mailhub.tenancy.scope import tenant_scope
from servers.endpoints import Security
from servers.models import OutgoingServer
from tests.factories import Cast, make_outgoing, make_person, signed_in
from tests.mailboxes.mail.composers import editor_of, wait_for_editor, wait_until_saved
from tests.servers.scripted import Conversation as Dialogue
from tests.servers.scripted import scripted_server, smtp

# Two browsers and their server on a busy machine: nobody waits for so long unless something is wrong.
expect = Expect()
expect.set_options(timeout=30_000)


class Colleague:
    """One person and the page that they have open; `errors` are what its scripts ran into."""

    def __init__(self, person: Membership, live_server: LiveServer, new_context: CreateContextCallback) -> None:
        self.person = person
        self.name = str(person.user)
        self._address = live_server.url
        context = new_context(viewport={"width": 1440, "height": 900})
        session = signed_in(person).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"{self.name}: {error}"))

    @property
    def rows(self) -> Locator:
        return self.page.locator(".mail-row")

    @property
    def pane(self) -> Locator:
        return self.page.locator("#conversation")

    @property
    def live_line(self) -> Locator:
        """What the open conversation says of others: who is here, and what came."""
        return self.page.locator("#conversation-live")

    @property
    def editor(self) -> Locator:
        return editor_of(self.page)

    @property
    def bell_count(self) -> Locator:
        return self.page.locator("#bell-count")

    def go(self, path: str) -> None:
        self.page.goto(f"{self._address}{path}")

    def open(self, conversation: Conversation) -> None:
        self.go(f"/inbox/{conversation.pk}/")

    def press(self, *keys: str) -> None:
        """Press one key after the other, on a page that is complete and so listens to them."""
        self.page.wait_for_load_state()
        for key in keys:
            self.page.keyboard.press(key)

    def choose_by_keys(self, name: str) -> None:
        """Go through the open menu with the arrow, and choose."""
        focused = self.page.locator(":focus")
        expect(focused).to_have_class("dropdown-item")
        # When what the menu offers has settled, its first choice gets the focus once more.
        expect(self.page.locator(".htmx-settling")).to_have_count(0)
        for _choice in range(10):
            if name in focused.inner_text():
                return self.press("Enter")
            self.press("ArrowDown")
        raise AssertionError(f"{name} cannot be reached by the arrow.")

    def look_again(self) -> None:
        """Come back to the page, which then asks for news at once and not with its next round."""
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    def begin_reply(self, words: str) -> None:
        """Begin an answer with the key r, and type until all of it is saved."""

        def is_saved(response: Response) -> bool:
            return response.url.endswith("/drafts/save/") and words in (response.request.post_data or "")

        self.press("r")
        wait_for_editor(self.page)
        with self.page.expect_response(is_saved):
            self.editor.press_sequentially(words)
        wait_until_saved(self.page)

    def send(self) -> None:
        self.editor.press("Control+Enter")

    def open_news(self, words: str) -> None:
        """Go where a notification leads that says these words."""
        self.page.get_by_role("button", name="Notifications", exact=True).click()
        self.page.locator("#bell-menu .news-link", has_text=words).click()


@contextmanager
def at_work(person: Membership, live_server: LiveServer, new_context: CreateContextCallback) -> Iterator[Colleague]:
    """Let a person sit at a browser; a script error in their pages fails the test."""
    colleague = Colleague(person, live_server, new_context)
    yield colleague
    assert colleague.errors == []


def make_colleague(cast: Cast, name: str) -> Membership:
    """Make one more member who may use the mailbox of the member."""
    person = make_person(cast.tenant, Role.MEMBER)
    with tenant_scope(cast.tenant.pk):
        MailboxAccess.objects.create(tenant=cast.tenant, mailbox=cast.mailbox, membership=person)
    return rename(person, name)


def rename(person: Membership, name: str) -> Membership:
    person.user.name = name
    person.user.save(update_fields=["name"])
    return person


@dataclass
class Postman:
    """Delivers what is due for one outgoing server; `taken` is what the mail server behind it took, oldest first."""

    server: OutgoingServer
    taken: list[str] = field(default_factory=list)

    def deliver(self, *, after: timedelta = timedelta(0)) -> None:
        """Deliver as a worker would do that comes by `after` so long."""
        # A worker is another thread: in that of the test, the loop of the browser is running.
        with ThreadPoolExecutor(1) as worker:
            worker.submit(self._deliver, after).result()

    def _deliver(self, after: timedelta) -> None:
        try:
            with tenant_scope(self.server.tenant_id):
                delivering.deliver_due(self.server.pk, now=lambda: clock.now() + after)
        finally:
            connections.close_all()


@contextmanager
def postman_of(cast: Cast, settings: Settings) -> Iterator[Postman]:
    """Give the mailbox an outgoing server that takes every mail."""
    taken: list[str] = []

    def take(dialogue: Dialogue, _line: str) -> None:
        dialogue.say("354 go ahead")
        lines: list[str] = []
        while (line := dialogue.hear()) != ".":
            lines.append(line)
        taken.append("\n".join(lines))
        dialogue.say("250 2.0.0 queued as 4711")

    with scripted_server(smtp({"DATA": take}), settings) as running:
        server = make_outgoing(
            cast.mailbox, host="127.0.0.1", port=running.port, security=Security.NONE, authenticate=False
        )
        yield Postman(server, taken)
