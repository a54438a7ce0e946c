"""The outgoing servers of a mailbox."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from mailboxes import adding, changing, deleting, outbox
from mailboxes.forms.adding import OUTGOING
from mailboxes.forms.outgoing import DeleteOutgoingForm
from mailboxes.forms.saving import saved
from mailboxes.models import Delivery
from mailboxes.views.setup.after_saving import go_on
from mailboxes.views.setup.finding import get_mailbox, get_outgoing
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.forms import OutgoingServerForm
from servers.models import OutgoingServer
from servers.models.outgoing import Transport
from servers.standing import PLAN_LACKS_IT, PauseReason


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_add(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Add an outgoing server; the first one becomes the default."""
    mailbox = get_mailbox(request, mailbox_id)
    server = OutgoingServer(tenant=request.principal.tenant, mailbox=mailbox)
    proposed = {"from_address": mailbox.address, "display_name": mailbox.name}
    form = OutgoingServerForm(request.POST or None, instance=server, prefix=OUTGOING, initial=proposed)
    if form.is_valid() and saved(form, lambda: adding.add_outgoing(mailbox, server, now=clock.now())):
        messages.success(request, f"Outgoing server {server} added.")
        return go_on(request, mailbox, server)
    context = section(request, mailbox, form=form)
    return render(request, "mailboxes/setup/outgoing.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_change(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Change an outgoing server, and try what waits for it at once."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    if server.transport == Transport.PLATFORM:
        return redirect("mailboxes:outgoing-change-platform", mailbox.pk, server.pk)
    form = OutgoingServerForm(request.POST or None, instance=server, prefix=OUTGOING)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: changing.change_outgoing(server, now=now)):
        messages.success(request, "Outgoing server saved. What waits for it is tried at once.")
        return go_on(request, mailbox, server)
    context = section(request, mailbox, form=form, server=server)
    return render(request, "mailboxes/setup/outgoing.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def outgoing_switch(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Switch sending through this server on (`on` is sent) or off."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    if "on" in request.POST:
        changing.resume_sending(server, now=clock.now())
        messages.success(request, f"{server} sends again, beginning with what waits.")
    else:
        changing.stop_sending(server)
        messages.success(request, f"{server} sends nothing any more. What waits for it stays in the outbox.")
    return redirect("mailboxes:mailbox-detail", mailbox.pk)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def outgoing_resume(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Try once more what waits, and end the pause of a server that was asked no more."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    if server.pause_reason == PauseReason.PLAN:
        messages.error(request, PLAN_LACKS_IT)
    elif server.is_active and mailbox.is_active:
        outbox.try_again(server, now=clock.now())
        messages.success(request, f"{server} is tried again with what waits for it.")
    else:
        messages.error(request, "Sending is switched off. Switch it on first.")
    return redirect("mailboxes:mailbox-detail", mailbox.pk)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def outgoing_make_default(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    changing.make_default(server)
    messages.success(request, f"{server} is the default now.")
    return redirect("mailboxes:mailbox-detail", mailbox.pk)


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_delete(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Say what goes with the server, have a successor chosen where it is the default, and delete it."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    form = DeleteOutgoingForm(server, request.POST if request.method == "POST" else None)
    if form.is_valid():
        changing.delete_outgoing(server, successor=form.cleaned_data.get("successor"), now=clock.now())
        messages.success(request, f"Outgoing server {server} was deleted.")
        return redirect("mailboxes:mailbox-detail", mailbox.pk)
    waiting = Delivery.objects.filter(server=server, state__in=Delivery.WAITING)
    waiting_count = waiting.filter(outgoing_message__is_confidential=False).count()
    scheduled = deleting.scheduled_in_words(server.outgoing_messages.all())
    context = section(request, mailbox, form=form, server=server, waiting_count=waiting_count, scheduled=scheduled)
    return render(request, "mailboxes/setup/outgoing_delete.html", context, status=422 if form.is_bound else 200)
