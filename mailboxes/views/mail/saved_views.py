"""The views that people keep."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes.forms.saved_views import SavedViewForm
from mailboxes.forms.saving import saved
from mailboxes.models import SavedView
from mailboxes.queue import saved as keeping
from mailboxes.queue.chips import chips_of
from mailboxes.views.mail.lookups import filters_of
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.READ_MAIL)
@never_cache
@require_safe
def saved_view_list(request: TenantRequest) -> HttpResponse:
    """Show the views that this person may change."""
    views = list(keeping.changeable_by(request.principal.membership).select_related("owner__user"))
    return render(request, "mailboxes/mail/saved_views.html", {"views": views})


@requires(Permission.READ_MAIL)
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_add(request: TenantRequest) -> HttpResponse:
    """Keep the filters of this address under a name."""
    me, filters = request.principal.membership, filters_of(request)
    form = SavedViewForm(me, request.POST or None, instance=SavedView(tenant_id=me.tenant_id, owner=me))
    if form.is_valid():
        name, is_shared = form.cleaned_data["name"], form.cleaned_data.get("is_shared", False)
        try:
            if saved(form, lambda: keeping.keep(me, filters, name=name, is_shared=is_shared)):
                messages.success(request, f"View {name} saved.")
                return redirect(reverse("mailboxes:inbox") + filters.first_page_query)
        except keeping.ViewRefused as reason:
            form.add_error(None, str(reason))
    context = {"form": form, "filters": filters, "chips": chips_of(filters)}
    return render(request, "mailboxes/mail/saved_view_add.html", context, status=422 if form.is_bound else 200)


@requires(Permission.READ_MAIL)
@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_change(request: TenantRequest, saved_view_id: uuid.UUID) -> HttpResponse:
    """Rename a view, or share it."""
    view = _view(request, saved_view_id)
    form = SavedViewForm(request.principal.membership, request.POST or None, instance=view)
    if form.is_valid() and saved(form, form.save):
        messages.success(request, "View saved.")
        return redirect("mailboxes:saved-view-list")
    context = {"form": form, "view": view.refreshed()}
    return render(request, "mailboxes/mail/saved_view_change.html", context, status=422 if form.is_bound else 200)


@requires(Permission.READ_MAIL)
@require_POST
def saved_view_move(request: TenantRequest, saved_view_id: uuid.UUID) -> HttpResponse:
    """Move a view one place up, or with `to=down` down."""
    keeping.move(_view(request, saved_view_id), by=1 if request.POST.get("to") == "down" else -1)
    return redirect("mailboxes:saved-view-list")


@requires(Permission.READ_MAIL)
@require_POST
def saved_view_delete(request: TenantRequest, saved_view_id: uuid.UUID) -> HttpResponse:
    """Delete a view; the mail in it stays where it is."""
    view = _view(request, saved_view_id)
    view.delete()
    messages.success(request, f"View {view.name} deleted. Its mail is where it was.")
    return redirect("mailboxes:saved-view-list")


def _view(request: TenantRequest, saved_view_id: uuid.UUID) -> SavedView:
    found: SavedView = get_object_or_404(keeping.changeable_by(request.principal.membership), pk=saved_view_id)
    return found
