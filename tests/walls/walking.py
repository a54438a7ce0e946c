"""The walk: a visitor opens an address by a method, and whatever is not as declared becomes a finding."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.urls import URLPattern, reverse

from tests.walls.canaries import labels_in
from tests.walls.naming import NOWHERE, Target, targets_of
from tests.walls.registry import Route
from tests.walls.world import ANONYMOUS, Visitor, World, rows_by_label

HTMX = "GET by htmx"
METHODS = ("GET", HTMX, "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# What differs from answer to answer, and says nothing.
_CHANCE = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFToken": "[^"]+"|name="letter_id" value="[^"]+"|nonce="[^"]+"'
)
_WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Answer:
    """What came back, what the page behind a redirect says, and whose rows were changed before all was undone."""

    response: HttpResponseBase
    behind: HttpResponseBase | None
    changed: frozenset[str]

    @property
    def labels(self) -> set[str]:
        """Whose words were shown."""
        return labels_in(self.response) | (labels_in(self.behind) if self.behind else set())


class Walk:
    """Walks one route. `count` is the number of requests so far."""

    def __init__(self, world: World, name: str, pattern: URLPattern, route: Route) -> None:
        self.count = 0
        self._world = world
        self._name = name
        self._route = route
        self._targets = targets_of(world, pattern)
        self._rows = rows_by_label(world)

    def findings(self, visitors: Iterable[Visitor], methods: Iterable[str] = METHODS) -> Iterator[str]:
        """Open every address as each visitor by each method, and yield what is wrong, with where."""
        methods = list(methods)
        for visitor in visitors:
            for method in methods:
                nothing = _told(self.open(visitor, method, self._targets[-1]), self._targets[-1])
                for target in self._targets:
                    answer = self.open(visitor, method, target)
                    for problem in self._problems(visitor, method, target, answer, nothing):
                        yield f"{self._name} | {visitor} | {method} | {target}: {problem}"

    def open(self, visitor: Visitor, method: str, target: Target) -> Answer:
        """Send one request, look what it changed, and undo it."""
        self.count += 1
        browser = self._world.browser(visitor)
        verb, _by, is_htmx = method.partition(" by ")
        headers = {"HX-Request": "true"} if is_htmx else {}
        send = getattr(browser, verb.lower())
        content = {"data": self._route.form(target.place)} if verb == "POST" else {}
        writes: list[str] = []

        def watch(execute: Any, sql: str, *more: Any) -> Any:
            if sql.lstrip().startswith(_WRITES) and "django_session" not in sql:
                writes.append(sql)
            return execute(sql, *more)

        with transaction.atomic():
            with connection.execute_wrapper(watch):
                response = send(reverse(self._name, kwargs=target.ids), headers=headers, **content)
            changed = self._changed() if writes else frozenset()
            leads_on = verb == "POST" and response.status_code == 302 and response["Location"].startswith("/")
            behind = browser.get(response["Location"]) if leads_on else None
            transaction.set_rollback(True)
        return Answer(response, behind, changed)

    def _problems(
        self, visitor: Visitor, method: str, target: Target, answer: Answer, nothing: tuple[Any, ...]
    ) -> Iterator[str]:
        expected = expected_status(self._world, self._route, visitor, method, target)
        if answer.response.status_code != expected:
            yield f"answered {answer.response.status_code}, declared is {expected}"
        for label in sorted(answer.labels - visitor.labels):
            yield f"shows words of {label}"
        for label in sorted(answer.changed - visitor.labels):
            yield f"changed rows of {label}"
        if is_missing(self._world, visitor, target) and _told(answer, target) != nothing:
            yield "differs from the answer for what does not exist"

    def _changed(self) -> frozenset[str]:
        now = rows_by_label(self._world)
        return frozenset(label for label in now.keys() | self._rows.keys() if now.get(label) != self._rows.get(label))


def expected_status(world: World, route: Route, visitor: Visitor, method: str, target: Target) -> int:
    """Return what the matrix says: first the door, then the method, then the object."""
    verb = method.split()[0]
    if route.needs is None:
        of_everyone = route.answers if visitor.user is None or route.signed_in is None else route.signed_in
        return {**of_everyone, **route.unlike.get(visitor.name, {})}.get(verb, 405)
    if visitor.name == ANONYMOUS:
        return 204 if method == HTMX else 302
    if visitor.membership is None:
        return 302
    if not visitor.membership.may(route.needs):
        return 403
    answers = {**route.answers, **route.unlike.get(visitor.name, {})}
    if verb not in answers:
        return 405
    return 404 if is_missing(world, visitor, target) else answers[verb]


def is_missing(world: World, visitor: Visitor, target: Target) -> bool:
    """Whether the target does not exist as far as this visitor may know."""
    if "membership_id" in target.ids:
        own = [one.pk for one in world.memberships.values() if one.user == visitor.user and one.is_active]
        return target.ids["membership_id"] not in own
    return bool(target.ids) and target.label not in visitor.sees


def _told(answer: Answer, target: Target) -> tuple[Any, ...]:
    """Return all that an answer tells, without the ids that were asked for and without what is chance."""
    response = answer.response
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(response.items())).encode()
    told = headers + b"\n" + _CHANCE.sub(b"", bytes(getattr(response, "content", b"")))
    for value in target.ids.values():
        told = told.replace(str(value).encode(), b"(id)")
    return response.status_code, told, tuple(sorted(answer.changed))
