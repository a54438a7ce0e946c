"""The segments of an account (SPEC T8)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from mailboxes import segments
from mailboxes.forms.saving import saved
from mailboxes.forms.segments import ChangeSegmentForm, DeleteSegmentForm, SegmentForm
from mailboxes.models import Mailbox, Segment
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_ACCOUNT)
@require_safe
def segment_list(request: TenantRequest) -> HttpResponse:
    """Show the segments with what is in them."""
    return render(request, "mailboxes/setup/segments.html", {"segments": list(segments.with_counts())})


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_add(request: TenantRequest) -> HttpResponse:
    """Add a segment."""
    tenant, now = request.principal.tenant, clock.now()
    form = SegmentForm(request.POST or None, instance=Segment(tenant=tenant, created_at=now))
    if form.is_valid() and saved(form, lambda: segments.add(tenant, form.cleaned_data["name"], now=now)):
        messages.success(request, f"Segment {form.cleaned_data['name']} added.")
        return redirect("mailboxes:segment-list")
    return render(request, "mailboxes/setup/segment_add.html", {"form": form}, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_change(request: TenantRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Rename a segment, choose its default mailbox, and move people into it."""
    segment = get_object_or_404(Segment, pk=segment_id)
    people, others = list(segments.people_in(segment)), segments.people_elsewhere(segment)
    form = ChangeSegmentForm(others, request.POST or None, instance=segment)
    if form.is_valid() and saved(form, lambda: segments.change(segment, joining=form.cleaned_data["joining"])):
        messages.success(request, "Segment saved.")
        return redirect("mailboxes:segment-change", segment.pk)
    context = {
        "segment": segment.refreshed(),
        "form": form,
        "people": people,
        "mailboxes": list(Mailbox.objects.filter(segment=segment)),
        "has_others": others.exists(),
        "may_delete": Segment.objects.exclude(pk=segment.pk).exists(),
    }
    return render(request, "mailboxes/setup/segment_change.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_ACCOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_delete(request: TenantRequest, segment_id: uuid.UUID) -> HttpResponse:
    """Delete a segment; its mailboxes and people move to another one."""
    segment = get_object_or_404(segments.with_counts(), pk=segment_id)
    form = DeleteSegmentForm(segment, request.POST if request.method == "POST" else None)
    if form.is_valid():
        name = segment.name
        segments.delete(segment, heir=form.cleaned_data["heir"])
        messages.success(request, f"Segment {name} was deleted.")
        return redirect("mailboxes:segment-list")
    context = {"segment": segment, "form": form}
    return render(request, "mailboxes/setup/segment_delete.html", context, status=422 if form.is_bound else 200)
