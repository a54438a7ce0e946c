"""The templates of an account (SPEC M27)."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import RestrictedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes import templating
from mailboxes.forms.reply_templates import ReplyTemplateForm
from mailboxes.forms.rich_text import TemplateTextForm
from mailboxes.forms.saving import saved
from mailboxes.merging import AUTOMATIC_FIELDS
from mailboxes.models import Mailbox, ReplyTemplate
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@require_safe
def template_list(request: TenantRequest) -> HttpResponse:
    """Show the templates, and who answers with them."""
    context = {"templates": list(templating.with_uses())}
    return render(request, "mailboxes/setup/reply_templates.html", context)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def template_add(request: TenantRequest) -> HttpResponse:
    """Write a new template."""
    now = clock.now()
    template = ReplyTemplate(tenant=request.principal.tenant, created_at=now, changed_at=now)
    return _form_page(request, template, said="Template added.")


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def template_change(request: TenantRequest, reply_template_id: uuid.UUID) -> HttpResponse:
    """Change a template: what is sent from now on says it."""
    template = get_object_or_404(ReplyTemplate, pk=reply_template_id)
    template.changed_at = clock.now()
    return _form_page(request, template, said="Template saved.", uses=templating.uses_of(template))


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def template_delete(request: TenantRequest, reply_template_id: uuid.UUID) -> HttpResponse:
    """Delete a template that nothing answers with."""
    template = get_object_or_404(ReplyTemplate, pk=reply_template_id)
    uses = templating.uses_of(template)
    if request.method == "POST" and not uses:
        try:
            template.delete()
        except RestrictedError:
            # An autoresponder took it in this moment.
            uses = templating.uses_of(template)
        else:
            messages.success(request, f"Template {template.name} was deleted.")
            return redirect("mailboxes:template-list")
    context = {"template": template, "uses": uses}
    status = 422 if request.method == "POST" else 200
    return render(request, "mailboxes/setup/reply_template_delete.html", context, status=status)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def template_preview(request: TenantRequest) -> HttpResponse:
    """Show what was typed as it would be sent, with the fields of one's first mailbox."""
    form = TemplateTextForm(request.POST)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        tenant, membership = request.principal.tenant, request.principal.membership
        mailbox = Mailbox.objects.visible_to(membership).first()
        values = templating.preview_values(tenant, mailbox, now=clock.now())
        context["subject"], context["html"] = templating.preview(
            form.cleaned_data["subject"], form.cleaned_data["html"], values
        )
    return render(request, "mailboxes/setup/_template_preview.html", context, status=200 if form.is_valid() else 422)


def _form_page(
    request: TenantRequest, template: ReplyTemplate, *, said: str, uses: list[str] | None = None
) -> HttpResponse:
    form = ReplyTemplateForm(template, request.POST if request.method == "POST" else None)
    if form.is_valid() and saved(form, form.save):
        messages.success(request, said)
        return redirect("mailboxes:template-list")
    is_new = template._state.adding
    context = {"form": form, "template": None if is_new else template, "fields": AUTOMATIC_FIELDS, "uses": uses or []}
    return render(request, "mailboxes/setup/reply_template.html", context, status=422 if form.is_bound else 200)
