"""The archive of an incoming server: mail that was there before it was added."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes import archives
from mailboxes.forms.archives import ArchiveForm
from mailboxes.views.setup.finding import get_incoming, get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_archive(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Take in what was there from another day on, or no more of it (`stop` is sent)."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_incoming(mailbox, incoming_server_id)
    if not archives.may_choose(server):
        messages.info(request, f"All mail of {server} was treated as new mail: nothing was left there.")
        return redirect("mailboxes:incoming-list", mailbox.pk)
    if request.method == "POST" and "stop" in request.POST:
        archives.stop(server)
        messages.success(request, "No more of the archive is taken in. What is here stays.")
        return redirect("mailboxes:incoming-list", mailbox.pk)
    initial = {"archive_from": server.archive_from}
    form = ArchiveForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        archives.start(server, since=form.cleaned_data["archive_from"], now=clock.now())
        messages.success(request, "The archive is taken in, after new mail and little by little.")
        return redirect("mailboxes:incoming-list", mailbox.pk)
    context = section(request, mailbox, form=form, server=server)
    status = 422 if form.is_bound else 200
    return render(request, "mailboxes/setup/incoming_archive.html", context, status=status)
