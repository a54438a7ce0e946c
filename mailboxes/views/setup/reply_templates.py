"""The templates of an account (SPEC M27)."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import RestrictedError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes import templating
from mailboxes.composing import CompositionRefused
from mailboxes.forms.reply_templates import ReplyTemplateForm, TemplatePreviewForm
from mailboxes.forms.saving import saved
from mailboxes.merging import AUTOMATIC_FIELDS, PERSONAL_FIELDS, MergeRefused
from mailboxes.models import Conversation, Mailbox, ReplyTemplate
from mailboxes.showing import shown_name
from mailboxes.views.mail.composers import servers_of
from mailhub import clock
from mailhub.lib.html import TooComplex
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
    """Write a new template; what comes from a letter is where it begins."""
    now = clock.now()
    template = ReplyTemplate(tenant=request.principal.tenant, created_at=now, changed_at=now)
    if request.method == "POST" and "from_letter" in request.POST:
        return _page(request, ReplyTemplateForm.from_letter(template, request.POST))
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
    """Show what was typed as it would be sent: in the chosen conversation, or by itself."""
    membership = request.principal.membership
    visible = Conversation.objects.visible_to(membership).unmerged().select_related("mailbox")
    form = TemplatePreviewForm(request.POST, conversations=visible)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            context["preview"] = _preview(request, form)
            context["has_no_server"] = context["preview"] is None
        except (MergeRefused, TooComplex, CompositionRefused) as refused:
            form.add_error(None, str(refused))
    status = 200 if form.is_valid() else 422
    return render(request, "mailboxes/setup/_template_preview.html", context, status=status)


def _preview(request: TenantRequest, form: TemplatePreviewForm) -> templating.Preview | None:
    author, now = request.principal.membership, clock.now()
    template = ReplyTemplate(subject=form.cleaned_data["subject"], html=form.cleaned_data["html"])
    conversation = form.cleaned_data["conversation"]
    if conversation is not None:
        servers = list(servers_of(request, conversation.mailbox))
        today = now.astimezone(ZoneInfo(request.principal.user.time_zone)).date()
        return templating.reply_preview(template, conversation, servers, author=author, today=today, now=now)
    mailbox = Mailbox.objects.visible_to(author).first()
    if templating.obstacle_to_automatic_use(template):
        return templating.sample_preview(template, author, mailbox)
    return templating.automatic_preview(template, author, mailbox, now=now)


def _form_page(
    request: TenantRequest, template: ReplyTemplate, *, said: str, uses: list[str] | None = None
) -> HttpResponse:
    form = ReplyTemplateForm(template, request.POST if request.method == "POST" else None, uses=uses or ())
    if form.is_valid() and saved(form, form.save):
        messages.success(request, said)
        return redirect("mailboxes:template-list")
    return _page(request, form, uses=uses)


def _page(request: TenantRequest, form: ReplyTemplateForm, *, uses: list[str] | None = None) -> HttpResponse:
    context = {
        "form": form,
        "template": None if form.instance._state.adding else form.instance,
        "fields": AUTOMATIC_FIELDS,
        "personal_fields": PERSONAL_FIELDS,
        "conversations": _recent_conversations(request),
        "uses": uses or [],
    }
    return render(request, "mailboxes/setup/reply_template.html", context, status=422 if form.is_bound else 200)


def _recent_conversations(request: TenantRequest) -> list[tuple[uuid.UUID, str]]:
    """Return the newest conversations that this person may see, for the preview, each with its words."""
    rows = Conversation.objects.visible_to(request.principal.membership).unmerged()
    rows = rows.exclude(status=Conversation.Status.SPAM).exclude(correspondent_address="")
    newest = rows.only("subject", "correspondent_name", "correspondent_address").order_by("-last_at", "-id")[:_RECENT]
    return [
        (one.pk, f"{shown_name(one.correspondent_name, one.correspondent_address)}: {one.subject or '(no subject)'}")
        for one in newest
    ]


_RECENT = 25
