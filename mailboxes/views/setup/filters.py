"""What a mailbox does not take in, and how its mail gets its topic (SPEC M22, M23)."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.forms.discard_filters import DiscardFilterForm
from mailboxes.forms.topics import MailboxTopicsForm
from mailboxes.intake.trying import Trial, try_filter
from mailboxes.models import AttachmentPolicy, DiscardFilter, Mailbox
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def mailbox_filters(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show the filters of a mailbox; choose its filter set and default topic."""
    mailbox = get_mailbox(request, mailbox_id)
    form = MailboxTopicsForm(request.POST if request.method == "POST" else None, instance=mailbox)
    if form.is_valid():
        form.save_choice()
        messages.success(request, "Saved. It holds for conversations that begin from now on.")
        return redirect("mailboxes:mailbox-filters", mailbox.pk)
    policy = AttachmentPolicy.objects.filter(mailbox=mailbox).first()
    context = section(
        request,
        mailbox.refreshed(),
        form=form,
        has_topics=mailbox.kind == Mailbox.Kind.SERVICE,
        discard_filters=list(DiscardFilter.objects.filter(mailbox=mailbox)),
        forward_to=policy.forward_to if policy else "",
    )
    return render(request, "mailboxes/setup/filters.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def discard_filter_add(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Add a discard filter, or try it first."""
    mailbox = get_mailbox(request, mailbox_id)
    new = DiscardFilter(tenant_id=mailbox.tenant_id, mailbox=mailbox, created_at=clock.now())
    form = DiscardFilterForm(request.POST if request.method == "POST" else None, instance=new)
    if form.is_valid() and "try" not in request.POST:
        last = DiscardFilter.objects.filter(mailbox=mailbox).aggregate(last=Max("position"))["last"]
        new.position = 1 if last is None else last + 1
        form.save()
        messages.success(request, f"Mail is not taken in any more when it fits: {new}.")
        return redirect("mailboxes:mailbox-filters", mailbox.pk)
    return _form_page(request, mailbox, form)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def discard_filter_change(request: TenantRequest, mailbox_id: uuid.UUID, discard_filter_id: uuid.UUID) -> HttpResponse:
    """Change a discard filter, or try first what it would be."""
    mailbox, found = _find(request, mailbox_id, discard_filter_id)
    form = DiscardFilterForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_valid() and "try" not in request.POST:
        form.save()
        messages.success(request, "Filter saved. What was discarded before stays in the list of discarded mail.")
        return redirect("mailboxes:mailbox-filters", mailbox.pk)
    return _form_page(request, mailbox, form, found=found)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def discard_filter_delete(request: TenantRequest, mailbox_id: uuid.UUID, discard_filter_id: uuid.UUID) -> HttpResponse:
    mailbox, found = _find(request, mailbox_id, discard_filter_id)
    found.delete()
    messages.success(request, "Filter deleted. What it discarded stays in the list of discarded mail.")
    return redirect("mailboxes:mailbox-filters", mailbox.pk)


def _find(request: TenantRequest, mailbox_id: uuid.UUID, filter_id: uuid.UUID) -> tuple[Mailbox, DiscardFilter]:
    mailbox = get_mailbox(request, mailbox_id)
    return mailbox, get_object_or_404(mailbox.discard_filters.select_related("mailbox"), pk=filter_id)


def _form_page(
    request: TenantRequest, mailbox: Mailbox, form: DiscardFilterForm, *, found: DiscardFilter | None = None
) -> HttpResponse:
    """Show the form; where its words are right and were to be tried, with what they fit."""
    trial: Trial | None = try_filter(form.instance) if form.is_bound and form.is_valid() else None
    context: dict[str, Any] = section(request, mailbox, form=form, found=found, trial=trial)
    status = 422 if form.is_bound and trial is None and not request.headers.get("HX-Request") else 200
    return render(request, "mailboxes/setup/discard_filter.html", context, status=status)
