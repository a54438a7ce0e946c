"""What a mailbox takes of attachments (SPEC M24)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes.forms.attachments import AttachmentPolicyForm
from mailboxes.models import AttachmentPolicy, DiscardFilter
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def attachment_policy(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show and change which attachments are taken, and where rejected mail goes."""
    mailbox = get_mailbox(request, mailbox_id)
    policy = AttachmentPolicy.objects.filter(mailbox=mailbox).select_related("mailbox").first()
    if policy is None:
        policy = AttachmentPolicy(tenant_id=mailbox.tenant_id, mailbox=mailbox)
    form = AttachmentPolicyForm(policy, request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved. It holds for mail that comes in from now on.")
        return redirect("mailboxes:attachment-policy", mailbox.pk)
    context = section(
        request,
        mailbox,
        form=form,
        forwarding_filter_count=DiscardFilter.objects.filter(mailbox=mailbox, is_forwarded=True).count(),
    )
    return render(request, "mailboxes/setup/attachments.html", context, status=422 if form.is_bound else 200)
