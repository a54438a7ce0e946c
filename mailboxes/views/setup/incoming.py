"""The incoming server of a mailbox."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mailboxes import adding, changing, deleting
from mailboxes.forms.adding import INCOMING
from mailboxes.forms.fetching import FetchingForm
from mailboxes.forms.incoming import ChangedIncomingForm
from mailboxes.forms.saving import saved
from mailboxes.views.setup.after_saving import go_on
from mailboxes.views.setup.finding import get_incoming, get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import IncomingServer
from servers.standing import PLAN_LACKS_IT, PauseReason


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_add(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Let a mailbox that only sends receive as well."""
    mailbox = get_mailbox(request, mailbox_id)
    if mailbox.incoming_servers.filter(is_primary=True).exists():
        messages.info(request, f"{mailbox} has an incoming server already.")
        return redirect("mailboxes:mailbox-detail", mailbox.pk)
    server = IncomingServer(tenant=request.principal.tenant)
    form = FetchingForm(request.POST or None, instance=server, prefix=INCOMING)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: adding.add_incoming(mailbox, server, now=now)):
        messages.success(request, "Incoming server added. Its mail is fetched now, for the first time.")
        return go_on(request, mailbox, server)
    context = section(request, mailbox, form=form)
    return render(request, "mailboxes/setup/incoming.html", context, status=422 if form.is_bound else 200)


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_change(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Change where the mail is fetched from, and poll there at once."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_incoming(mailbox, incoming_server_id)
    if not server.is_primary:
        return redirect("mailboxes:connected-change", mailbox.pk, server.pk)
    form = ChangedIncomingForm(request.POST or None, instance=server, prefix=INCOMING)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: changing.change_incoming(server, also_for=form.also_for, now=now)):
        too = " The new sign-in is used for sending too." if form.also_for else ""
        messages.success(request, f"Incoming server saved. It is tried at once.{too}")
        return go_on(request, mailbox, server)
    context = section(request, mailbox, form=form, server=server)
    return render(request, "mailboxes/setup/incoming.html", context, status=422 if form.is_bound else 200)


@requires(Permission.SEE_MAILBOXES)
@require_safe
def incoming_list(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Show all servers that feed the mailbox: the primary one and the connected POP accounts."""
    mailbox = get_mailbox(request, mailbox_id)
    return render(request, "mailboxes/setup/incoming_list.html", section(request, mailbox, now=clock.now()))


@requires(Permission.MANAGE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_delete(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Say what goes with the server and what stays, and delete it."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_incoming(mailbox, incoming_server_id)
    if request.method == "POST":
        deleting.delete_incoming(server)
        messages.success(request, f"{server} was deleted. Its messages stay here.")
        return redirect("mailboxes:incoming-list", mailbox.pk)
    context = section(request, mailbox, server=server, goes=deleting.what_goes_with_incoming(server))
    return render(request, "mailboxes/setup/incoming_delete.html", context)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def incoming_switch(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Switch the retrieval of mail on (`on` is sent) or off (SPEC M8)."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_incoming(mailbox, incoming_server_id)
    if "on" in request.POST:
        changing.resume_retrieval(server, now=clock.now())
        messages.success(request, "Mail is fetched again.")
    else:
        changing.stop_retrieval(server)
        messages.success(request, "No mail is fetched any more. The settings stay, and sending goes on.")
    return redirect("mailboxes:mailbox-detail", mailbox.pk)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def incoming_poll(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Fetch as soon as the clock ticks."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_incoming(mailbox, incoming_server_id)
    return _fetch(request, server)


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def incoming_resume(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Try once more, and end the pause of a server that was asked no more."""
    mailbox = get_mailbox(request, mailbox_id)
    return _fetch(request, get_incoming(mailbox, incoming_server_id))


def _fetch(request: TenantRequest, server: IncomingServer) -> HttpResponse:
    if server.pause_reason == PauseReason.PLAN:
        messages.error(request, PLAN_LACKS_IT)
    elif server.is_active and server.mailbox.is_active:
        server.try_again(now=clock.now())
        messages.success(request, "Mail is being fetched. New mail is here in a few seconds.")
    else:
        messages.error(request, "Retrieval is switched off. Switch it on first.")
    return redirect("mailboxes:mailbox-detail", server.mailbox_id)
