"""How long an answer of a mailbox may take (SPEC Q5)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes import tasks
from mailboxes.forms.response_target import ResponseTargetForm
from mailboxes.models import ResponseTarget
from mailboxes.queue import targets
from mailboxes.views.setup.finding import get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def response_target(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show and change the target; what waits for an answer is counted anew in the background."""
    mailbox = get_mailbox(request, mailbox_id)
    stored = ResponseTarget.objects.filter(mailbox=mailbox).select_related("mailbox").first()
    target = stored or ResponseTarget(tenant_id=mailbox.tenant_id, mailbox=mailbox)
    posted = request.POST if request.method == "POST" else None
    form = ResponseTargetForm(target, posted, zone=request.principal.user.time_zone)
    if form.is_valid():
        form.save()
        tasks.recompute_targets.ring(mailbox.tenant_id, mailbox.pk)
        messages.success(request, "Saved. What waits for an answer is counted anew.")
        return redirect("mailboxes:response-target", mailbox.pk)
    is_watched = stored is not None and stored.is_active
    context = section(
        request,
        mailbox,
        form=form,
        # What the hours mean is seen best by an example.
        next_due_at=targets.due_at(target, clock.now()) if is_watched else None,
    )
    return render(request, "mailboxes/setup/response_target.html", context, status=422 if form.is_bound else 200)
