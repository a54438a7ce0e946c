"""One request of a visitor: what came back and whose rows it changed. All of it is undone."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpResponseBase

from tests.walls.canaries import labels_in
from tests.walls.world import Visitor, World, rows_by_label

HTMX = "GET by htmx"
METHODS = ("GET", HTMX, "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# What differs from answer to answer, and says nothing.
_CHANCE = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"|name="letter_id" value="[^"]+"|nonce="[^"]+"'
    # The id of a draft that came into being by the request.
    rb"|draft=[0-9a-f-]{36}|/drafts/[0-9a-f-]{36}/"
)
_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Answer:
    """What came back, what the page behind a redirect says, and whose rows were changed before all was undone."""

    url: str
    response: HttpResponseBase
    behind: HttpResponseBase | None
    changed: frozenset[str]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def content(self) -> bytes:
        return bytes(getattr(self.response, "content", b""))

    @property
    def labels(self) -> set[str]:
        """Whose words were shown."""
        return labels_in(self.response) | (labels_in(self.behind) if self.behind else set())

    def told(self, ids: Collection[object] = ()) -> tuple[Any, ...]:
        """Return all that it tells, without the address and the ids that were asked for, and without what is chance."""
        headers = [f"{name}: {value}" for name, value in sorted(self.response.items()) if name != "Expires"]
        words = "\n".join(headers).encode() + _CHANCE.sub(b"", self.content)
        words = words.replace(self.url.encode(), b"(address)")
        for value in ids:
            if isinstance(value, UUID):
                words = words.replace(str(value).encode(), b"(id)")
        return self.status, words, self.changed


class Visits:
    """Opens addresses and compares all rows with those that were there at first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rows = rows_by_label(world)

    def open(self, visitor: Visitor, method: str, url: str, form: dict[str, Any] | None = None) -> Answer:
        """Send one request, look what it changed, and undo it. A redirect after a form is followed once."""
        browser = self._world.browser(visitor)
        verb, _by, is_htmx = method.partition(" by ")
        headers = {"HX-Request": "true"} if is_htmx else {}
        content = {"data": form or {}} if verb == "POST" else {}
        with transaction.atomic():
            with _Writes() as writes:
                response = getattr(browser, verb.lower())(url, headers=headers, **content)
            # What the database refused is undone already.
            changed = self._changed() if writes.happened and not connection.needs_rollback else frozenset()
            leads_on = verb == "POST" and response.status_code == 302 and response["Location"].startswith("/")
            behind = browser.get(response["Location"]) if leads_on else None
            transaction.set_rollback(True)
        return Answer(url, response, behind, changed)

    def _changed(self) -> frozenset[str]:
        now = rows_by_label(self._world)
        return frozenset(label for label in now.keys() | self._rows.keys() if now.get(label) != self._rows.get(label))


class _Writes:
    """Notices statements that write, so that rows are compared only where some may differ."""

    def __init__(self) -> None:
        self.happened = False
        self._wrapper = connection.execute_wrapper(self._watch)

    def __enter__(self) -> "_Writes":
        self._wrapper.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._wrapper.__exit__(*error)

    def _watch(self, execute: Any, sql: str, *more: Any) -> Any:
        if sql.lstrip().startswith(_WRITES) and "django_session" not in sql:
            self.happened = True
        return execute(sql, *more)
