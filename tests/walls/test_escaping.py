"""What outsiders wrote stays text on every page: subjects, names, addresses, words of servers (SECURITY B030)."""

import itertools
from html.parser import HTMLParser

import pytest
from django.http import HttpResponseBase
from django.urls import reverse
from pytest_django import Settings

from tests.walls.naming import targets_of
from tests.walls.registry import REGISTRY, routes
from tests.walls.visits import HTMX, Visits
from tests.walls.world import OWNER, World, make_world

ROUTES = dict(routes())
PAYLOAD = '"><img src=x onerror=alert(1)>'
# Short columns hold the beginning of it only.
BEGINNING = '"><img src=x'

# All routes in one go take minutes.
_PARTS = 3

pytestmark = pytest.mark.django_db


@pytest.fixture
def hostile_world(db: None, settings: Settings) -> World:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    # From one for each world: what is cut to the length of its field must still differ.
    numbers = itertools.count(1)
    return make_world(lambda _label: f"{PAYLOAD}{next(numbers)}")


@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("query", ["", "?view=text", "?remote=1&all=1&whole=1&status=all"])
def test_no_page_of_the_owner_runs_what_a_row_says(hostile_world: World, query: str, part: int) -> None:
    owner, visits, found = hostile_world.visitors[OWNER], Visits(hostile_world), []

    for name, route in list(REGISTRY.items())[part::_PARTS]:
        target = targets_of(hostile_world, ROUTES[name])[0]
        url = reverse(name, kwargs=target.ids) + query
        for method in ("GET", HTMX, "POST"):
            answer = visits.open(owner, method, url, route.form(target.place))
            pages = [one for one in (answer.response, answer.behind) if one is not None]
            found += [f"{name} {method}" for page in pages if _is_broken_into(page)]
            assert answer.status != 500, f"{name} {method}"

    assert not found


@pytest.mark.parametrize("route", ["mailbox-list", "mailbox-detail", "error-list", "inbox", "conversation-detail"])
def test_the_pages_do_show_the_words(hostile_world: World, route: str) -> None:
    name = f"mailboxes:{route}"
    target = targets_of(hostile_world, ROUTES[name])[0]

    answer = Visits(hostile_world).open(hostile_world.visitors[OWNER], "GET", reverse(name, kwargs=target.ids))

    assert b"&gt;&lt;img src=x onerror=alert(1)&gt;" in answer.content


def test_the_crawl_notices_a_page_that_is_broken_into() -> None:
    finder = _Finder()

    finder.feed(f'<a title="{PAYLOAD}">')

    assert finder.is_broken_into


class _Finder(HTMLParser):
    """Notices an element that only the payload can have brought."""

    is_broken_into = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if "onerror" in names or (tag == "img" and names.get("src") == "x"):
            self.is_broken_into = True


def _is_broken_into(response: HttpResponseBase) -> bool:
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return False
    page = bytes(getattr(response, "content", b"")).decode()
    finder = _Finder()
    finder.feed(page)
    return finder.is_broken_into or BEGINNING in page
