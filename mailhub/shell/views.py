"""Pages that belong to no app below: the way in, the account, the person."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailhub import clock
from mailhub.shell import health, samples, starting
from mailhub.shell.forms import AccountForm, ProfileForm
from mailhub.shell.frame import Frame
from mailhub.tenancy.access import public, requires, works_while_read_only
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import SESSION_KEY, TenantRequest, memberships_of


@requires(Permission.SIGNED_IN)
@require_safe
def home(request: TenantRequest) -> HttpResponse:
    """Lead to the inbox, or to the first steps until a mailbox works."""
    return redirect("shell:start" if Frame(request.principal).is_starting else "mailboxes:inbox")


@requires(Permission.SIGNED_IN)
@require_safe
def start(request: TenantRequest) -> HttpResponse:
    """Show the steps to the first message."""
    found = starting.start_of(request.principal.membership, now=clock.now())
    return render(request, "shell/start.html", {"start": found, "steps": found.steps})


@requires(Permission.SIGNED_IN)
@works_while_read_only
@require_POST
def account_switch(request: TenantRequest, membership_id: uuid.UUID) -> HttpResponse:
    """Go on in another account of the same person; a membership of someone else is not found."""
    mine = next((one for one in memberships_of(request.principal.user) if one.pk == membership_id), None)
    if mine is None:
        raise Http404
    request.session[SESSION_KEY] = str(mine.pk)
    return redirect("shell:home")


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: TenantRequest) -> HttpResponse:
    """Show and change the name and the time zone of the account."""
    form = AccountForm(request.principal.tenant, request.POST or None)
    if not form.is_valid():
        return render(request, "shell/account.html", {"form": form}, status=422 if form.is_bound else 200)
    form.save_at(clock.now())
    messages.success(request, "Account saved.")
    return redirect("shell:account")


@requires(Permission.SIGNED_IN)
@works_while_read_only
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: TenantRequest) -> HttpResponse:
    """Show and change the name and the time zone of the person."""
    form = ProfileForm(request.POST or None, instance=request.principal.user)
    if not form.is_valid():
        return render(request, "shell/profile.html", {"form": form}, status=422 if form.is_bound else 200)
    form.save()
    messages.success(request, "Profile saved.")
    return redirect("shell:profile")


@public
@require_safe
def no_account(request: HttpRequest) -> HttpResponseBase:
    """Tell a signed-in person without any account what to do."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if request.principal is not None:  # type: ignore[attr-defined]
        return redirect("shell:home")
    return render(request, "shell/no_account.html")


@public
@require_safe
def email_addresses(request: HttpRequest) -> HttpResponse:
    """Stand where allauth sends people whose confirmation is over; we keep no page of addresses."""
    return redirect("shell:profile" if request.user.is_authenticated else "account_login")


@public
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in every state, to developers only."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "shell/styleguide.html", samples.context(now=clock.now()))


@public
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 while database, broker, storage and workers are up, else 503 with the part that is down."""
    parts = health.check_parts(now=clock.now())
    is_up = all(state == health.UP for state in parts.values())
    return JsonResponse({"status": "ok" if is_up else "down", "parts": parts}, status=200 if is_up else 503)
