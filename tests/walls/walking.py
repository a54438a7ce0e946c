"""The walk: one visitor opens one address by one method, and whatever is not as declared becomes a finding."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils.http import int_to_base36

from tests.walls.canaries import labels_in
from tests.walls.registry import HTMX, METHODS, Route, routes
from tests.walls.world import (
    A1,
    A2,
    ANONYMOUS,
    B1,
    MEMBER,
    NOWHERE,
    OWNER,
    STRANGER,
    Place,
    Visitor,
    World,
    rows_by_label,
    unknown_id,
)

# What differs from answer to answer, and says nothing.
_CHANCE = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken[^}]+|name="letter_id" value="[^"]+"|nonce="[^"]+"'
)


@dataclass(frozen=True)
class Target:
    """What an address names: the rows of a place, of two at once, or nothing. `label` says whose it is."""

    label: str
    ids: dict[str, Any]
    # The rows that a form in this address speaks of.
    place: Place

    def __str__(self) -> str:
        return self.label


def converters_of(name: str) -> list[str]:
    """Return the names of the variable parts of a route."""
    pattern = next(pattern for route, pattern in routes() if route == name)
    # A regular expression has groups where a path has converters.
    return list(pattern.pattern.converters or getattr(pattern.pattern.regex, "groupindex", ()))


def targets_of(world: World, name: str) -> list[Target]:
    """Return what the addresses of a route are filled with; the last one names what is not there."""
    parts = converters_of(name)
    places = world.places
    if not parts:
        return [Target("", {}, places[A1])]
    own = [Target(label, {part: _id(world, label, part) for part in parts}, places[label]) for label in (A1, A2, B1)]
    mixed = []
    if len(parts) > 1 and "mailbox_id" in parts:
        for outer, inner in ((A1, A2), (A1, B1), (B1, A1)):
            ids = {part: _id(world, outer if part == "mailbox_id" else inner, part) for part in parts}
            mixed.append(Target(f"{inner} under {outer}", ids, places[inner]))
    nothing = Target(NOWHERE, {part: _id(world, NOWHERE, part) for part in parts}, places[A1])
    return [*own, *mixed, nothing]


def walk(
    world: World, name: str, route: Route, visitors: Iterable[Visitor], methods: Iterable[str] = METHODS
) -> Iterator[str]:
    """Open every address of a route as each visitor by each method, and yield what is wrong."""
    targets = targets_of(world, name)
    before = rows_by_label(world)
    for visitor in visitors:
        for method in methods:
            nothing = _seen(open_address(world, name, route, visitor, method, targets[-1]), targets[-1])
            for target in targets:
                where = f"{name} | {visitor} | {method} | {target or 'no object'}"
                with undone() as writes:
                    response = open_address(world, name, route, visitor, method, target)
                    for problem in problems(world, route, visitor, method, target, response):
                        yield f"{where}: {problem}"
                    if is_missing(world, visitor, target) and _seen(response, target) != nothing:
                        yield f"{where}: differs from the answer for an id that does not exist"
                    if writes:
                        for label in _changed(before, rows_by_label(world)) - visitor.labels:
                            yield f"{where}: changed rows of {label}"


def problems(
    world: World, route: Route, visitor: Visitor, method: str, target: Target, response: HttpResponseBase
) -> Iterator[str]:
    expected = expected_status(world, route, visitor, method, target)
    if response.status_code != expected:
        yield f"answered {response.status_code}, declared is {expected}"
    for label in sorted(labels_in(response) - visitor.labels):
        yield f"shows words of {label}"


def expected_status(world: World, route: Route, visitor: Visitor, method: str, target: Target) -> int:
    """Return what the matrix says: the door first, then the method, then the object, then the form."""
    verb = method.split()[0]
    if route.needs is None:
        answers = route.answers if visitor.name == ANONYMOUS or route.signed_in is None else route.signed_in
        return {**answers, **route.unlike.get(visitor.name, {})}.get(verb, 405)
    if visitor.name == ANONYMOUS:
        return 204 if method == HTMX else 302
    if visitor.membership is None:
        return 302
    if not visitor.membership.may(route.needs):
        return 403
    if verb not in route.answers:
        return 405
    if is_missing(world, visitor, target):
        return 404
    return route.unlike.get(visitor.name, {}).get(verb, route.answers[verb])


def is_missing(world: World, visitor: Visitor, target: Target) -> bool:
    """Whether the target does not exist for this visitor."""
    if "membership_id" in target.ids:
        own = [one for one in world.memberships.values() if one.user == visitor.user and one.is_active]
        return target.ids["membership_id"] not in [one.pk for one in own]
    return bool(target.ids) and target.label not in visitor.sees


def open_address(
    world: World, name: str, route: Route, visitor: Visitor, method: str, target: Target
) -> HttpResponseBase:
    """Send one request, which is undone, and return the answer."""
    with transaction.atomic():
        response = send(world.browser(visitor), method, reverse(name, kwargs=target.ids), route.form(target.place))
        transaction.set_rollback(True)
    return response
