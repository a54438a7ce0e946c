"""HTML that wants to run or to fetch something, sanitised and put before Chromium (SECURITY TC2)."""

from collections.abc import Iterator

import pytest
from django.test import RequestFactory
from django.utils.safestring import mark_safe
from playwright.sync_api import Dialog, Page, Route

from mailboxes.views.mail.frames import frame_response
from mailhub.lib.html import RemoteContent, sanitise
from tests.mailhub.lib.html_variants import variants

SITE = "https://site.example/"
ON_A_PAGE = 400
# Counts what runs; what is asked of the network is counted at the network.
COUNTER = "window.ran = 0; window.hit = () => { window.ran += 1 }"
USED = """() => {
    for (const one of document.querySelectorAll('body *')) {
        for (const event of ['mouseover', 'focus', 'click', 'error', 'load'])
            one.dispatchEvent(new Event(event, {bubbles: true, cancelable: true}));
    }
    return document.querySelectorAll('body *').length;
}"""


class Watched:
    """A page, and what happened while it showed documents."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._document: tuple[str, dict[str, str]] = ("", {})
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        page.add_init_script(COUNTER)
        page.route("**/*", self._answer)
        page.on("dialog", self._dismiss)

    def show(self, html: str, headers: dict[str, str]) -> None:
        """Show a document, use each of its elements, and wait until nothing is loading."""
        self._document = (html, headers)
        self._page.goto(SITE, wait_until="load")
        if "sandbox" not in headers.get("Content-Security-Policy", ""):
            assert self._page.evaluate(USED) > 0
            assert self._page.evaluate("window.ran") == 0
        self._page.wait_for_timeout(200)

    def _answer(self, route: Route) -> None:
        if route.request.url == SITE and route.request.is_navigation_request() and self._document[0]:
            html, headers = self._document
            self._document = ("", {})
            route.fulfill(body=html, headers={"Content-Type": "text/html; charset=utf-8", **headers})
            return
        self.asked.append(f"{route.request.resource_type} {route.request.url}")
        route.abort()

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@pytest.fixture
def watched(page: Page) -> Watched:
    page.set_default_timeout(20_000)
    return Watched(page)


def test_sanitised_attacks_on_a_bare_page_neither_run_nor_fetch(watched: Watched) -> None:
    """The sanitiser holds alone: no policy, no sandbox."""
    for content in _pages(RemoteContent.BLOCKED):
        watched.show(f"<!doctype html><body>{content}", {})

    assert (watched.asked, watched.dialogs) == ([], [])


def test_sanitised_attacks_in_the_frame_of_a_mail_neither_run_nor_fetch(watched: Watched) -> None:
    for content in _pages(RemoteContent.BLOCKED):
        watched.show(*_framed(content, RemoteContent.BLOCKED))

    assert (watched.asked, watched.dialogs) == ([], [])


def test_after_consent_nothing_but_remote_pictures_is_fetched(watched: Watched) -> None:
    for content in _pages(RemoteContent.SHOWN):
        watched.show(f"<!doctype html><body>{content}", {})

    assert watched.dialogs == []
    assert watched.asked
    assert [one for one in watched.asked if not one.startswith(("image http://", "image https://"))] == []
    assert [one for one in watched.asked if SITE in one] == []


def _pages(remote: RemoteContent) -> Iterator[str]:
    """Yield the attacks as they are shown, some hundred on a page, each where no other can swallow it."""
    shown = [sanitise(html, remote=remote, cid_url=lambda _content_id: None).html for html in variants(4)]
    for start in range(0, len(shown), ON_A_PAGE):
        yield "".join(f"<div>{one}</div>\n" for one in shown[start : start + ON_A_PAGE])


def _framed(content: str, remote: RemoteContent) -> tuple[str, dict[str, str]]:
    response = frame_response(RequestFactory().get("/"), mark_safe(content), remote)
    return response.content.decode(), dict(response.items())
