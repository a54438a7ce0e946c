"""The site of the operator's desk: its door, its scope, its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from mailhub.operator.pages import DeskAdmin
from mailhub.tenancy.access import OPERATOR, works_while_read_only
from mailhub.tenancy.operators import may_operate
from mailhub.tenancy.scope import unscoped

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Concern:
    """Something that needs the operator, on the start page."""

    words: str
    # A route of this site, and what stands behind it.
    route: str
    query: str = ""
    is_urgent: bool = False

    @property
    def url(self) -> str:
        return reverse(self.route) + self.query


class OperatorSite(AdminSite):
    """Django's admin without its own sign-in, its pages about models of others, and its deleting."""

    site_header = site_title = "Operator's desk"
    index_title = "Today"
    enable_nav_sidebar = False
    final_catch_all_view = False

    def __init__(self) -> None:
        super().__init__(name="operator")
        self._asked: list[Callable[[], Sequence[Concern]]] = []

    def ask_for_concerns(self, ask: Callable[[], Sequence[Concern]]) -> None:
        """Have the start page ask this function, too, what needs the operator."""
        self._asked.append(ask)

    def desks(self) -> list[DeskAdmin]:
        """Return what is registered, in the order of the menu."""
        registered: list[Any] = list(self._registry.values())
        return sorted(registered, key=lambda one: one.rank)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return nothing: the menu stands instead of it."""
        return []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        menu = [(one.heading, reverse(f"admin:{one.list_route}")) for one in self.desks()]
        return {**super().each_context(request), "menu": [(self.index_title, reverse("admin:index")), *menu]}

    def has_permission(self, request: HttpRequest) -> bool:
        return may_operate(getattr(request, "principal", None))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        patterns: list[URLPattern | URLResolver] = [path("", self.admin_view(self.index), name="index")]
        patterns += [path(one.address, (one.get_urls(), None, None)) for one in self.desks()]
        for pattern in _flat(patterns):
            _declare(pattern.callback)
        return patterns

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Open the scope of every account around a view, and around its template, which is rendered here too."""
        inside = super().admin_view(view, cacheable)

        @wraps(inside)
        def at_the_desk(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with unscoped("the operator sees what every account is billed"):
                response = inside(request, *args, **kwargs)
                return response.render() if isinstance(response, SimpleTemplateResponse) else response

        return at_the_desk

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what needs the operator today."""
        concerns = [concern for ask in self._asked for concern in ask()]
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "concerns": sorted(concerns, key=lambda one: not one.is_urgent),
            "recent": LogEntry.objects.select_related("user")[:10],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/index.html", context)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Not offered: people sign in where everybody does."""
        raise NotImplementedError("The desk has no sign-in of its own.")


def _flat(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _flat(one.url_patterns)
        else:
            yield one


def _declare(view: Any) -> None:
    """Declare that the operator alone may see a view, and that its address is not betrayed by adding a slash to it."""
    view.permission = OPERATOR
    view.should_append_slash = False
    works_while_read_only(view)


site = OperatorSite()
