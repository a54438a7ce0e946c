"""Authenticates once, resolves tenant and membership, opens the scope, and enforces what the view declares."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from mailhub.tenancy.access import OPERATOR, PUBLIC
from mailhub.tenancy.operators import may_operate
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import Principal, principal_of
from mailhub.tenancy.scope import tenant_scope

# Views of other packages cannot declare; these are theirs, by route name. All else that is undeclared is denied.
_ROUTES_OF_OTHERS = {
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_signup": PUBLIC,
    "account_inactive": PUBLIC,
    "account_email_verification_sent": PUBLIC,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "account_change_password": Permission.SIGNED_IN,
    "account_reauthenticate": Permission.SIGNED_IN,
    "mfa_authenticate": PUBLIC,
    "mfa_login_webauthn": PUBLIC,
    "mfa_reauthenticate": Permission.SIGNED_IN,
    "mfa_reauthenticate_webauthn": Permission.SIGNED_IN,
    "mfa_activate_totp": Permission.SIGNED_IN,
    "mfa_deactivate_totp": Permission.SIGNED_IN,
    "mfa_view_recovery_codes": Permission.SIGNED_IN,
    "mfa_generate_recovery_codes": Permission.SIGNED_IN,
    "mfa_add_webauthn": Permission.SIGNED_IN,
    "mfa_edit_webauthn": Permission.SIGNED_IN,
    "mfa_remove_webauthn": Permission.SIGNED_IN,
}


class PrincipalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        principal = principal_of(request) if request.user.is_authenticated else None
        request.principal = principal  # type: ignore[attr-defined]
        if principal is None:
            return self._get_response(request)
        with tenant_scope(principal.tenant.pk):
            return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        declared = declared_permission(view, request.resolver_match.url_name if request.resolver_match else None)
        if declared is None:
            raise ImproperlyConfigured(f"The view {view!r} declares no permission, so nobody may see it.")
        if declared == PUBLIC:
            return None
        principal: Principal | None = request.principal  # type: ignore[attr-defined]
        if declared == OPERATOR:
            if not may_operate(principal):
                raise Http404
            return None
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        if principal is None:
            return redirect("shell:no-account")
        if not principal.may(Permission(declared)):
            raise PermissionDenied(f"This needs the right to: {Permission(declared).label.lower()}.")
        return None


def declared_permission(view: Callable[..., Any], url_name: str | None) -> str | None:
    """Return what the view declares, or what the table says for a route of another package; None if neither."""
    for holder in (view, getattr(view, "view_class", None)):
        permission = getattr(holder, "permission", None)
        if permission is not None:
            return str(permission)
    return _ROUTES_OF_OTHERS.get(url_name or "")


def is_of_others(url_name: str | None) -> bool:
    """Whether a route is one of another package."""
    return url_name in _ROUTES_OF_OTHERS


def _sign_in_first(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        # A fragment cannot show the sign-in page: the whole page goes there.
        return HttpResponse(status=204, headers={"HX-Redirect": redirect_to_login(request.path).url})
    return redirect_to_login(request.get_full_path())
