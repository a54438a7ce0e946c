"""How long the pages of the queue take among 100,000 conversations and 500,000 messages (PERFORMANCE G8).

`python -m benchmarks.queue_pages` fills a throw-away PostgreSQL and asks for pages through the whole of Django:
session, permission, queries, templates, as a process does that has settled (mailhub.memory). Between any two of them it
asks for the anchor: the inbox of somebody with the same role in an account of 100 conversations, which has as many
mailboxes, people, topics and tags, and shows as many rows with as many labels. `BENCH_ROUNDS` says how often (20); each
address is asked for once before, uncounted.
"""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from tests.realservers import postgres

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "20"))
# The goal: milliseconds on the server at p95, and queries.
MOST_MILLISECONDS, MOST_QUERIES = 150, 12


def main() -> None:
    """Start a cluster and run the second half in a process whose settings point there."""
    cluster = postgres.Postgres()
    cluster.start()
    try:
        environment = {
            **os.environ,
            "DATABASE_URL": cluster.url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            # With it each query is written down, and what is measured is the writing.
            "DEBUG": "false",
        }
        everything = cluster.superuser_url.rpartition("/")[0] + "/" + postgres.ORDINARY_ROLE
        command = [sys.executable, "-m", "benchmarks.queue_pages", "--inside", everything]
        subprocess.run(command, env=environment, check=True)
    finally:
        cluster.stop()


def inside(superuser_url: str) -> None:
    """Fill the tables and print how long each page takes: as companies have it, and with everything open."""
    import django  # noqa: PLC0415 (only here does DATABASE_URL point to the cluster)

    django.setup()

    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)

    from benchmarks import queue_world  # noqa: PLC0415
    from mailhub import memory  # noqa: PLC0415

    began = time.monotonic()
    world = queue_world.fill(superuser_url)
    print(f"filled in {time.monotonic() - began:.0f} s")
    memory.settle()
    report(_pages(world), "3 % of the conversations are open")
    queue_world.open_everything(world)
    report(_lists(world), "every conversation is open")


@dataclass(frozen=True)
class Page:
    """One kind of page: its name, who looks, and the addresses that are asked for in turn."""

    name: str
    person: object
    addresses: tuple[str, ...]


def report(pages: Iterator[Page], title: str) -> None:
    """Print the figures of each page beside the anchor of the same minutes, and where the goal is missed."""
    print(f"\n{title}\n{'page':<50}{'median':>8}{'p95':>8}{'anchor':>8}{'p95':>8}{'queries':>9}   (ms)")
    for page in pages:
        taken, anchors, queries = _measure(page)
        slowest = _ninety_fifth(taken)
        verdict = "" if slowest <= MOST_MILLISECONDS and queries <= MOST_QUERIES else "misses the goal"
        figures = (
            f"{median(taken):>8.0f}{slowest:>8.0f}{median(anchors):>8.0f}{_ninety_fifth(anchors):>8.0f}{queries:>9}"
        )
        print(f"{page.name:<50}{figures}   {verdict}", flush=True)


def _ninety_fifth(taken: list[float]) -> float:
    return sorted(taken)[max(0, math.ceil(len(taken) * 0.95) - 1)]


def _measure(page: Page) -> tuple[list[float], list[float], int]:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    from benchmarks import queue_world  # noqa: PLC0415
    from tests.factories import signed_in  # noqa: PLC0415

    browser = signed_in(page.person)  # type: ignore[arg-type]
    neighbour = signed_in(queue_world.neighbour_of(page.person))  # type: ignore[arg-type]
    anchor = reverse("mailboxes:inbox")

    def milliseconds(client: object, address: str) -> float:
        began = time.perf_counter()
        answer = client.get(address)  # type: ignore[attr-defined]
        taken = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"{address}: {answer.status_code}")
        return taken

    # The first page of a browser also notes that it is here.
    browser.get(anchor)
    most = 0
    for address in page.addresses:
        with CaptureQueriesContext(connection) as captured:
            browser.get(address)
        most = max(most, len(captured))
    neighbour.get(anchor)
    taken, anchors = [], []
    for number in range(ROUNDS):
        anchors.append(milliseconds(neighbour, anchor))
        taken.append(milliseconds(browser, page.addresses[number % len(page.addresses)]))
    return taken, anchors, most


def _pages(world: object) -> Iterator[Page]:
    from django.urls import reverse  # noqa: PLC0415

    from benchmarks import queue_world  # noqa: PLC0415

    assert isinstance(world, queue_world.World)
    yield from _lists(world)
    inbox, words = reverse("mailboxes:inbox"), world.words
    searches = {
        "search: a number that stands once": [f"ref{number}" for number in (77, 12_345, 67_890, 99_999)],
        "search: a rare word": words[7:],
        "search: a word of some": words[4:7],
        "search: one of the most common words": words[:2],
        "search: two common words": [f"{words[0]} {words[2]} "],
        "search: a common and a rare word": [f"{words[0]} {words[6]} "],
        "search: a phrase of common words": [f'"{words[0]} {words[1]}"'],
        "search: common, but not another one": [f"{words[1]} -{words[0]} "],
        "search: the beginning of many words": [words[3][:3]],
        "search: from: a correspondent's domain": [f"from:customer{number}.example" for number in (3, 250)],
        "search: from: all correspondents": ["from:example"],
        "search: subject:": [f"subject:{words[3]}"],
        "search: before: a year ago": ["before:1y", f"before:1y {words[3]}"],
        "search: after: last week": ["after:7d", f"after:7d {words[1]}"],
        "search: has:attachment": ["has:attachment", f"has:attachment {words[2]}"],
        "search: nothing is found": [f"{words[8]} {words[7]} ref1"],
    }
    people = {"owner": world.owner, "member of 3": world.member_of_some, "member of 1": world.member_of_one}
    for name, texts in searches.items():
        for role, person in people.items():
            yield Page(f"{name} ({role})", person, tuple(f"{inbox}?{urlencode({'q': text})}" for text in texts))
    shown = tuple(reverse("mailboxes:conversation-detail", args=[one.pk]) for one in queue_world.opened(world))
    yield Page("open a conversation, beside the list (owner)", world.owner, shown)


def _lists(world: object) -> Iterator[Page]:
    from django.urls import reverse  # noqa: PLC0415

    from benchmarks import queue_world  # noqa: PLC0415
    from mailboxes.models import Mailbox, Tag, Topic  # noqa: PLC0415
    from mailhub.tenancy.scope import tenant_scope  # noqa: PLC0415

    assert isinstance(world, queue_world.World)
    inbox = reverse("mailboxes:inbox")
    with tenant_scope(world.tenant.pk):
        mailbox, topic, tag = Mailbox.objects.get(name="Mailbox 0"), Topic.objects.all()[0], Tag.objects.all()[0]
    filters = {
        "open": "",
        "everything": "?status=all",
        "closed": "?status=closed",
        "unread": "?unread=1",
        "mine": "?assignee=me",
        "nobody's": "?assignee=nobody",
        "of a mailbox": f"?mailbox={mailbox.pk}",
        "about a topic": f"?topic={topic.pk}",
        "everything about a topic": f"?topic={topic.pk}&status=all",
        "with a tag": f"?tag={tag.pk}",
        "everything with a tag": f"?tag={tag.pk}&status=all",
        "everything of mine": "?assignee=me&status=all",
        "everything of a mailbox": f"?mailbox={mailbox.pk}&status=all",
        "not delivered": "?trouble=1",
    }
    for name, query in filters.items():
        for role, person in (("owner", world.owner), ("member of 3", world.member_of_some)):
            yield Page(f"list: {name} ({role})", person, (f"{inbox}{query}",))


if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside(sys.argv[-1])
    else:
        main()
