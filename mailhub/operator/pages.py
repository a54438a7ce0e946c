"""What pages of the desk have in common: they are read, unless a page says otherwise, and nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import structlog
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern

log = structlog.get_logger(__name__)


class DeskAdmin(ModelAdmin):  # type: ignore[type-arg]
    """Lists rows of one kind. `offers` names the pages of Django's that there are."""

    offers: ClassVar[frozenset[str]] = frozenset({"changelist"})
    # Behind the address of the desk, with a slash at its end; its place in the menu; what it is called.
    address: ClassVar[str]
    rank: ClassVar[int]
    heading: ClassVar[str]
    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = None  # type: ignore[assignment]

    def get_urls(self) -> list[URLPattern]:
        own = f"{self.opts.app_label}_{self.opts.model_name}_"
        wanted = {own + name for name in self.offers}
        return [*self.desk_urls(), *(one for one in super().get_urls() if one.name in wanted)]

    def desk_urls(self) -> list[URLPattern]:
        """Return the pages beyond those of Django."""
        return []

    @property
    def list_route(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_changelist"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.heading, **(extra_context or {})})

    def page(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """Return a view of this desk as its site takes it."""
        return self.admin_site.admin_view(view)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return "add" in self.offers

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return "change" in self.offers

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        _say(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        _say(request, obj, "changed")
        return super().log_change(request, obj, message)


def keep_deed(request: HttpRequest, row: Model, words: str) -> None:
    """Keep what the operator did to a row, and why."""
    LogEntry.objects.create(
        user=request.user,  # type: ignore[misc]
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=str(row)[:200],
        action_flag=CHANGE,
        change_message=words,
    )
    _say(request, row, words)


def _say(request: HttpRequest, row: Model, words: str) -> None:
    log.info("the operator acted", who=request.user.pk, row=f"{row._meta.label} {row.pk}", deed=words)
