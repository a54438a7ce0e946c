"""An account's own fields of contacts."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes.forms.saving import saved
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from sequences.contacts import fields
from sequences.contacts.merge_values import CONTACT_FIELDS
from sequences.forms.lists import ContactFieldForm
from sequences.models import ContactField

_INVALID = 422


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def field_list(request: TenantRequest) -> HttpResponse:
    """Show the fields, in the order in which contacts show them."""
    context = {"fields": list(ContactField.objects.all()), "plain_fields": CONTACT_FIELDS}
    return render(request, "sequences/contacts/fields.html", context)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def field_add(request: TenantRequest) -> HttpResponse:
    """Add a field, below the others."""
    form = ContactFieldForm(request.POST if request.method == "POST" else None)
    tenant, now = request.principal.tenant, clock.now()
    if form.is_valid() and saved(form, lambda: fields.add(tenant, now=now, **_values(form))):
        messages.success(request, f"{form.cleaned_data['label']} was added.")
        return redirect("sequences:field-list")
    context = {"form": form}
    return render(request, "sequences/contacts/field_form.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def field_change(request: TenantRequest, contact_field_id: uuid.UUID) -> HttpResponse:
    """Change the label of a field."""
    field = get_object_or_404(ContactField, pk=contact_field_id)
    form = ContactFieldForm(request.POST if request.method == "POST" else None, field=field)
    if form.is_valid():
        ContactField.objects.filter(pk=field.pk).update(label=form.cleaned_data["label"])
        messages.success(request, "Saved.")
        return redirect("sequences:field-list")
    context = {"form": form, "field": field}
    return render(request, "sequences/contacts/field_form.html", context, status=_INVALID if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_POST
def field_move(request: TenantRequest, contact_field_id: uuid.UUID) -> HttpResponse:
    """Let a field stand one place further up."""
    fields.move_up(get_object_or_404(ContactField, pk=contact_field_id))
    return redirect("sequences:field-list")


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def field_delete(request: TenantRequest, contact_field_id: uuid.UUID) -> HttpResponse:
    """Delete a field with its values, after saying how many there are."""
    field = get_object_or_404(ContactField, pk=contact_field_id)
    if request.method == "POST":
        fields.delete(field)
        messages.success(request, f"{field} was deleted.")
        return redirect("sequences:field-list")
    context = {"field": field, "count": fields.count_of_values(field)}
    return render(request, "sequences/contacts/field_delete.html", context)


def _values(form: ContactFieldForm) -> dict[str, str]:
    return {name: form.cleaned_data[name] for name in ("key", "label", "kind")}
