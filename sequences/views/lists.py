"""Lists of contacts. What is on a list, the list of contacts shows."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from mailboxes.forms.saving import saved
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.contacts import lists
from sequences.forms.lists import ContactListForm
from sequences.models import ContactList

_INVALID = 422


@requires(Permission.USE_SEQUENCES)
@require_safe
def list_list(request: TenantRequest) -> HttpResponse:
    """Show the lists, and how many are on each."""
    return render(request, "sequences/contacts/lists.html", {"lists": list(lists.with_counts())})


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def list_add(request: TenantRequest) -> HttpResponse:
    """Add a list, with nobody on it."""
    form = ContactListForm(request.POST if request.method == "POST" else None)
    by, now = request.principal.membership, clock.now()

    def save() -> None:
        ContactList.objects.create(
            tenant_id=by.tenant_id, name=form.cleaned_data["name"], created_at=now, created_by=by
        )

    if form.is_valid() and saved(form, save):
        messages.success(request, f"{form.cleaned_data['name']} was added. Select contacts to put them on it.")
        return redirect("sequences:list-list")
    return render(
        request, "sequences/contacts/list_form.html", {"form": form}, status=_INVALID if form.is_bound else 200
    )


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def list_change(request: TenantRequest, contact_list_id: uuid.UUID) -> HttpResponse:
    """Rename a list."""
    row = get_object_or_404(ContactList, pk=contact_list_id)
    values = request.POST if request.method == "POST" else None
    form = ContactListForm(values, contact_list=row, initial={"name": row.name})

    def save() -> None:
        ContactList.objects.filter(pk=row.pk).update(name=form.cleaned_data["name"])

    if form.is_valid() and saved(form, save):
        messages.success(request, "Saved.")
        return redirect(f"{reverse('sequences:contact-list')}?list={row.pk}")
    context = {"form": form, "contact_list": row}
    return render(request, "sequences/contacts/list_form.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.USE_SEQUENCES)
@require_http_methods(["GET", "HEAD", "POST"])
def list_delete(request: TenantRequest, contact_list_id: uuid.UUID) -> HttpResponse:
    """Delete a list; its contacts stay."""
    row = get_object_or_404(ContactList, pk=contact_list_id)
    if request.method == "POST":
        row.delete()
        messages.success(request, f"The list {row} was deleted. Its contacts are still there.")
        return redirect("sequences:list-list")
    context = {"contact_list": row, "count": row.entries.count()}
    return render(request, "sequences/contacts/list_delete.html", context)
