"""Hostile mail as people open it: list, conversation, whole message, files (SECURITY TC2, TC3, PR7)."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page
from pytest_django.live_server_helper import LiveServer

from mailboxes.models import Attachment, Conversation, Message
from mailhub.tenancy.scope import tenant_scope
from tests.browser.hostile_mail import COUNT, hostile_mails
from tests.factories import Cast, make_cast, signed_in
from tests.mailboxes.mail.factories import receive

pytestmark = pytest.mark.django_db(transaction=True)

COUNTER = "window.ran = 0; window.hit = () => { window.ran += 1 }"
# Everything in a document is used once, as a curious person would.
USE_ALL = """() => {
    for (const one of document.querySelectorAll('body *'))
        for (const event of ['mouseover', 'focus', 'error', 'load', 'animationstart'])
            one.dispatchEvent(new Event(event, {bubbles: false}));
}"""


class Watched:
    """A browser whose requests and scripts are counted."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.own, self.outside, self.dialogs = list[str](), list[str](), list[str]()
        self.origin = origin
        page.add_init_script(COUNTER)
        page.on("request", lambda request: self._note(request.url))
        page.on("dialog", self._dismiss)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.origin}{path}")
        self.page.wait_for_load_state("networkidle")

    @property
    def run_count(self) -> int:
        """How often something ran in the page or in a frame of it."""
        return sum(int(frame.evaluate("window.ran || 0")) for frame in self.page.frames)

    def use_everything(self) -> None:
        for frame in self.page.frames:
            frame.evaluate(USE_ALL)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _note(self, url: str) -> None:
        is_own = url.startswith((self.origin, "data:", "about:", "blob:"))
        (self.own if is_own else self.outside).append(url)


@pytest.fixture
def cast(live_server: LiveServer) -> Cast:
    return make_cast()


@pytest.fixture
def watched(cast: Cast, live_server: LiveServer, page: Page) -> Watched:
    session = signed_in(cast.member).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.set_default_timeout(20_000)
    return Watched(page, live_server.url)


@pytest.mark.timeout(600)
def test_fifty_hostile_mails_are_opened_and_nothing_runs_and_nothing_is_fetched(cast: Cast, watched: Watched) -> None:
    for mail in hostile_mails():
        receive(cast.mailbox, mail)
    with tenant_scope(cast.tenant.pk):
        conversations = list(Conversation.objects.order_by("created_at"))
        assert Message.objects.filter(state=Message.State.RECEIVED).count() == COUNT

    watched.open("/inbox/?status=all")
    watched.use_everything()
    for conversation in conversations:
        watched.open(f"/inbox/{conversation.pk}/?status=all")
        watched.use_everything()
        assert (watched.run_count, watched.dialogs, watched.outside) == (0, [], []), conversation.subject
        assert urlsplit(watched.page.url).path == f"/inbox/{conversation.pk}/"

    assert len(watched.own) > COUNT


def test_a_hostile_file_is_a_download_and_no_page(cast: Cast, watched: Watched) -> None:
    for mail in hostile_mails():
        receive(cast.mailbox, mail)
    with tenant_scope(cast.tenant.pk):
        attachments = list(Attachment.objects.all())

    for attachment in attachments:
        url = f"{watched.origin}/attachments/{attachment.pk}/"
        answer = watched.page.request.get(url)

        assert answer.headers["content-disposition"].startswith("attachment"), attachment.filename
        assert (
            answer.headers["content-type"] == "application/octet-stream" or "svg" not in answer.headers["content-type"]
        )
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    assert len(attachments) == 7
