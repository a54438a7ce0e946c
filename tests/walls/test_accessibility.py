"""Every page of an owner in Chromium: no accessibility fault that matters, no sideways scrolling, nothing refused.

The browser's requests are answered by Django in the same transaction, so that the world of the walk is there.
"""

from collections.abc import Iterator
from contextvars import copy_context
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.contrib.staticfiles import finders
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, ViewportSize

from tests.walls.naming import targets_of
from tests.walls.registry import REGISTRY, routes
from tests.walls.world import OWNER, World

SITE = "http://localhost"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SERIOUS = {"serious", "critical"}
WIDE, NARROW = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)

ROUTES = dict(routes())
PAGES = sorted(name for name, route in REGISTRY.items() if route.needs is not None and route.answers.get("GET") == 200)
# Downloads, and the documents inside frames: no script runs there, so nothing can be asked of them.
WITHOUT_PAGE = frozenset(
    {"mailboxes:attachment-download", "mailboxes:message-raw", "mailboxes:outgoing-raw"}
    | {"mailboxes:message-frame", "mailboxes:outgoing-frame"}
    | {"sequences:contact-export", "sequences:suppression-export", "sequences:import-refused"}
    | {"sequences:sequence-report-export", "sequences:enrollment-export", "sequences:enrollment-left-out"}
)

pytestmark = pytest.mark.django_db


class Shown:
    """A browser page whose requests Django answers, as the owner."""

    def __init__(self, page: Page, world: World) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._client = world.browser(world.visitors[OWNER])
        # Handlers run in a context of their own, which would have another connection to the database.
        self._context = copy_context()
        page.route("**/*", self._answer)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def show(self, url: str) -> None:
        self.page.goto(SITE + url)

    def _answer(self, route: Route) -> None:
        request = route.request
        parts = urlsplit(request.url)
        if parts.path.startswith("/static/"):
            found = finders.find(parts.path.removeprefix("/static/"))
            content = Path(str(found)).read_bytes() if found else b""
            kind = guess_type(parts.path)[0] or "application/octet-stream"
            route.fulfill(status=200 if found else 404, body=content, content_type=kind)
            return
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"HX-Request": "true"} if request.headers.get("hx-request") else {}
        # A page also tells by itself that it is open; that is undone with all else.
        content_type = request.headers.get("content-type", "application/octet-stream")
        answer = self._context.run(
            self._client.generic, request.method, path, request.post_data or "", content_type, headers=headers
        )
        route.fulfill(status=answer.status_code, headers=dict(answer.items()), body=answer.content)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture
def shown(browser: Browser, world: World) -> Iterator[Shown]:
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    yield Shown(context.new_page(), world)
    context.close()


@pytest.mark.parametrize("name", [name for name in PAGES if name not in WITHOUT_PAGE])
def test_a_page_is_accessible_and_fits_a_phone(shown: Shown, world: World, name: str) -> None:
    url = reverse(name, kwargs=targets_of(world, ROUTES[name])[0].ids)
    with transaction.atomic():
        if not _is_page(world, url):
            # A part of a page; it is looked at where it stands.
            return
        shown.show(url)

        faults = []
        for theme in ("light", "dark"):
            shown.page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
            # Colours that are on their way from one theme to the other are nobody's.
            while shown.page.evaluate("document.getAnimations().length"):
                shown.page.wait_for_timeout(20)
            faults += [f"{theme}: {fault}" for fault in _faults(shown.page)]
        shown.page.set_viewport_size(NARROW)
        # A busy machine lays the page out anew some moments later.
        shown.page.wait_for_function("width => innerWidth === width", arg=NARROW["width"])
        shown.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        width = shown.page.evaluate("document.documentElement.scrollWidth")
        transaction.set_rollback(True)

    assert faults == []
    assert width <= NARROW["width"]
    assert shown.complaints == []


def _is_page(world: World, url: str) -> bool:
    answer = world.browser(world.visitors[OWNER]).get(url)
    return b"<!doctype html>" in answer.content[:200].lower() and b"</title>" in answer.content


def _faults(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"][:3]
    ]
