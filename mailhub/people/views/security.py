"""A person's own security: password, second factors, and the browsers in which they are signed in."""

import uuid

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from mailhub import clock
from mailhub.people import browsers
from mailhub.people.models import SignedInBrowser
from mailhub.people.user_agents import words_for
from mailhub.tenancy.access import requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.SIGNED_IN)
@require_safe
def security(request: TenantRequest) -> HttpResponse:
    """Show how the person signs in, and lead to what changes it."""
    rows = list(Authenticator.objects.filter(user=request.principal.user).order_by("created_at", "id"))
    recovery = next((one for one in rows if one.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": next((one for one in rows if one.type == Authenticator.Type.TOTP), None),
        "passkeys": [one for one in rows if one.type == Authenticator.Type.WEBAUTHN],
        "recovery": recovery,
        "recovery_count": len(recovery.wrap().get_unused_codes()) if recovery else 0,
    }
    return render(request, "people/security.html", context)


@requires(Permission.SIGNED_IN)
@require_safe
def security_moved(_request: TenantRequest) -> HttpResponse:
    """Stand where allauth leads people after a change; we have one page for all of it."""
    return redirect("people:security")


@requires(Permission.SIGNED_IN)
@require_safe
def session_list(request: TenantRequest) -> HttpResponse:
    """List the browsers in which the person is signed in."""
    now = clock.now()
    own = browsers.note(request, request.principal.user, now=now)
    rows = browsers.browsers_of(request.principal.user, now=now)
    context = {"sessions": [(row, words_for(row.user_agent), row.pk == own.pk) for row in rows]}
    return render(request, "people/sessions.html", context)


@requires(Permission.SIGNED_IN)
@works_while_read_only
@require_POST
def session_end(request: TenantRequest, browser_id: uuid.UUID) -> HttpResponse:
    """Sign one browser out; one of somebody else is not found."""
    browser = SignedInBrowser.objects.filter(pk=browser_id, user=request.principal.user).first()
    if browser is None:
        raise Http404
    browsers.sign_out(browser)
    messages.success(request, f"{words_for(browser.user_agent)} is signed out.")
    return redirect("people:session-list")


@requires(Permission.SIGNED_IN)
@works_while_read_only
@require_POST
def session_end_others(request: TenantRequest) -> HttpResponse:
    """Sign every other browser of the person out."""
    count = browsers.sign_out_everywhere(request.principal.user, but=request.session.session_key)
    words = "No other browser was signed in." if not count else f"{count} other{'s' if count > 1 else ''} signed out."
    messages.success(request, words)
    return redirect("people:session-list")
