"""Outgoing servers that send through the platform's own SMTP server (SPEC M12)."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from mailboxes import adding, changing, platform_sending
from mailboxes.forms.platform import PlatformServerForm
from mailboxes.models import Mailbox
from mailboxes.views.setup.finding import get_mailbox, get_outgoing
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import OutgoingServer
from servers.models.outgoing import Transport


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_add_platform(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Let a mailbox send without an SMTP server of its own."""
    mailbox = get_mailbox(request, mailbox_id)
    proposed = {"from_address": mailbox.address, "display_name": mailbox.name}
    form = PlatformServerForm(
        request.POST or None, instance=OutgoingServer(tenant=request.principal.tenant), initial=proposed
    )
    if form.is_valid():
        server = form.prepare()
        adding.add_outgoing(mailbox, server, now=clock.now())
        messages.success(request, f"{server} sends through the platform's server.")
        return redirect("mailboxes:mailbox-detail", mailbox.pk)
    return _show(request, mailbox, form, server=None)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_change_platform(
    request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID
) -> HttpResponse:
    """Change as whom is sent. Whether mail goes through the platform is decided once, when the server is added."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    if server.transport != Transport.PLATFORM:
        raise Http404("This server has a host of its own.")
    form = PlatformServerForm(request.POST or None, instance=server)
    if form.is_valid():
        changing.change_outgoing(form.prepare(), now=clock.now())
        messages.success(request, "Outgoing server saved. What waits for it is tried at once.")
        return redirect("mailboxes:mailbox-detail", mailbox.pk)
    return _show(request, mailbox, form, server=server)


def _show(
    request: TenantRequest, mailbox: Mailbox, form: PlatformServerForm, *, server: OutgoingServer | None
) -> HttpResponse:
    limit = platform_sending.limit_of(request.principal.tenant, now=clock.now())
    context = section(request, mailbox, form=form, server=server, limit=limit)
    return render(request, "mailboxes/setup/platform_server.html", context, status=422 if form.is_bound else 200)
