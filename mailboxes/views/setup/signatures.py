"""Signatures: of a mailbox, below all its mail, and one's own above it (SPEC M21)."""

import uuid
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes.composing import CompositionRefused
from mailboxes.forms.signatures import SignatureForm
from mailboxes.merging import SIGNATURE_FIELDS
from mailboxes.models import Conversation, Mailbox, MailboxSignature, PersonalSignature
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailboxes.writing.sampling import sample_mail
from mailboxes.writing.signatures import Signature, values_of
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def signature_change(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Write what stands below all mail of a mailbox."""
    mailbox = get_mailbox(request, mailbox_id)
    form = SignatureForm(_html_of_mailbox(mailbox), request.POST if request.method == "POST" else None)
    if form.is_valid():
        MailboxSignature.objects.update_or_create(
            mailbox=mailbox,
            defaults={"html": form.cleaned_data["html"], "changed_at": clock.now(), "tenant_id": mailbox.tenant_id},
        )
        messages.success(request, _said(form))
        return redirect("mailboxes:signature-change", mailbox.pk)
    context = section(request, mailbox, form=form, fields=SIGNATURE_FIELDS)
    return render(request, "mailboxes/setup/signature.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def signature_preview(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show a whole mail of the mailbox with the signature that was typed, below one's own."""
    mailbox = get_mailbox(request, mailbox_id)
    form = SignatureForm(data=request.POST)
    own = _html_of_person(request)
    return _preview(request, form, mailbox, above=[own] if own else [], below=[])


@requires(Permission.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def personal_signature_change(request: TenantRequest) -> HttpResponse:
    """Write what stands below everything that one writes, above the signature of the mailbox."""
    membership = request.principal.membership
    form = SignatureForm(_html_of_person(request), request.POST if request.method == "POST" else None)
    if form.is_valid():
        PersonalSignature.objects.update_or_create(
            membership=membership,
            defaults={"html": form.cleaned_data["html"], "changed_at": clock.now(), "tenant_id": membership.tenant_id},
        )
        messages.success(request, _said(form))
        return redirect("mailboxes:personal-signature-change")
    context = {"form": form, "fields": SIGNATURE_FIELDS}
    return render(request, "mailboxes/setup/personal_signature.html", context, status=422 if form.is_bound else 200)


@requires(Permission.SIGNED_IN)
@require_POST
def personal_signature_preview(request: TenantRequest) -> HttpResponse:
    """Show a whole mail with the signature that was typed, above that of the first mailbox that one may use."""
    mailbox = Mailbox.objects.visible_to(request.principal.membership).order_by("created_at", "id").first()
    form = SignatureForm(data=request.POST)
    of_mailbox = _html_of_mailbox(mailbox) if mailbox is not None else ""
    return _preview(request, form, mailbox, above=[], below=[of_mailbox] if of_mailbox else [])


def _preview(
    request: TenantRequest, form: SignatureForm, mailbox: Mailbox | None, *, above: list[str], below: list[str]
) -> HttpResponse:
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        membership = request.principal.membership
        sources = [*above, form.cleaned_data["html"], *below]
        signature = Signature(tuple(sources), values_of(mailbox, membership, tenant_id=membership.tenant_id))
        try:
            context["preview"] = sample_mail(
                signature,
                address=mailbox.address if mailbox is not None else membership.user.email,
                conversation=_newest_conversation(request, mailbox),
                zone=ZoneInfo(request.principal.user.time_zone),
            )
        except CompositionRefused as refused:
            form.add_error(None, str(refused))
    status = 200 if form.is_valid() else 422
    return render(request, "mailboxes/setup/_template_preview.html", context, status=status)


def _newest_conversation(request: TenantRequest, mailbox: Mailbox | None) -> Conversation | None:
    rows = Conversation.objects.visible_to(request.principal.membership).unmerged().filter(mailbox=mailbox)
    rows = rows.exclude(status=Conversation.Status.SPAM).exclude(last_received_at=None)
    found: Conversation | None = rows.select_related("mailbox").order_by("-last_at", "-id").first()
    return found


def _html_of_mailbox(mailbox: Mailbox) -> str:
    return str(MailboxSignature.objects.filter(mailbox=mailbox).values_list("html", flat=True).first() or "")


def _html_of_person(request: TenantRequest) -> str:
    rows = PersonalSignature.objects.filter(membership=request.principal.membership)
    return str(rows.values_list("html", flat=True).first() or "")


def _said(form: SignatureForm) -> str:
    return "Signature saved." if form.cleaned_data["html"] else "There is no signature now."
