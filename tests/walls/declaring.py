"""How a route is declared: who gets past its door, what it answers, and what is posted to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mailhub.tenancy.permissions import Permission
from tests.walls.places import Place

Answers = Mapping[str, int]
Form = Callable[[Place], dict[str, Any]]


@dataclass(frozen=True)
class Route:
    """`needs` is None for a public route. A method that is not among `answers` is answered with 405."""

    needs: Permission | Literal["operator"] | None
    answers: Answers
    # What a public route answers to people who are signed in, where that differs.
    signed_in: Answers | None = None
    # What is posted, made from the rows that the address names. It is valid, so that a hole would have an effect.
    form: Form = lambda _place: {}
    # Visitors who are answered in another way.
    unlike: Mapping[str, Answers] = field(default_factory=dict)


def page(needs: Permission | None, status: int = 200, **more: Any) -> Route:
    """A page that is only read."""
    return Route(needs, {"GET": status, "HEAD": status}, **more)


def desk() -> Route:
    """A page of the operator's desk: nobody of the walk is one, so that to them it does not exist."""
    return Route("operator", {})


def form(needs: Permission, content: Form, *, get: int = 200, post: int = 302, **more: Any) -> Route:
    """A page with a form."""
    return Route(needs, {"GET": get, "HEAD": get, "POST": post}, form=content, **more)


def action(needs: Permission, content: Form = lambda _place: {}, *, post: int = 302) -> Route:
    """Something that is done, and that has no page."""
    return Route(needs, {"POST": post}, form=content)
