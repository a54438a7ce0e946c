"""Accounts that are read-only, because an invoice is long overdue: everything can be read, nothing changes (SPEC B5).

The tenant came with the principal, so nothing is asked of the database.
"""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from mailhub.tenancy.access import PUBLIC
from mailhub.tenancy.middleware import declared_permission, is_of_others
from mailhub.tenancy.principal import Principal

PAYMENT_REQUIRED = 402
# Paying is the way out.
_NAMESPACES = frozenset({"billing"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_WORDS = "This account is read-only until its invoice is paid. Nothing was changed."


class ReadOnlyMiddleware:
    """Stands behind PrincipalMiddleware: whoever may not see the view at all has been told so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        principal: Principal | None = request.principal  # type: ignore[attr-defined]
        if principal is None or principal.tenant.may_change or request.method in _SAFE:
            return None
        match = request.resolver_match
        namespace, name = (match.namespace, match.url_name) if match is not None else ("", None)
        return None if works(view, namespace=namespace, url_name=name) else _refuse(request)


def works(view: Callable[..., Any], *, namespace: str, url_name: str | None) -> bool:
    """Whether people may post to a view while their account is read-only.

    Views of other packages are about the person's own sign-in; public ones are for strangers, who owe nothing.
    """
    if namespace in _NAMESPACES or is_of_others(url_name):
        return True
    return declared_permission(view, url_name) == PUBLIC or getattr(view, "works_while_read_only", False)


def _refuse(request: HttpRequest) -> HttpResponse:
    """Answer in the way that was asked: a page, or a note at the edge of the one that stays as it is."""
    if request.headers.get("HX-Request"):
        # The fragment is not swapped, so what somebody typed stays where it is.
        toast = json.dumps({"toast": {"message": _WORDS, "kind": "error"}})
        return HttpResponse(_WORDS, status=PAYMENT_REQUIRED, content_type="text/plain", headers={"HX-Trigger": toast})
    if request.headers.get("Accept", "").startswith("application/json"):
        return HttpResponse(json.dumps({"words": _WORDS}), status=PAYMENT_REQUIRED, content_type="application/json")
    return render(request, "402.html", status=PAYMENT_REQUIRED)
