"""Connected POP accounts: further accounts that feed a mailbox (SPEC M6)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mailboxes import adding, changing
from mailboxes.forms.adding import INCOMING
from mailboxes.forms.connected import ConnectedPopForm
from mailboxes.forms.saving import saved
from mailboxes.models import Mailbox
from mailboxes.views.setup.finding import get_incoming, get_mailbox
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import IncomingServer


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connected_add(request: TenantRequest, mailbox_id: uuid.UUID) -> HttpResponse:
    """Connect one more POP account."""
    mailbox = get_mailbox(request, mailbox_id)
    server = IncomingServer(tenant=request.principal.tenant)
    form = ConnectedPopForm(request.POST or None, instance=server, prefix=INCOMING, mailbox=mailbox)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: adding.add_connected(mailbox, server, now=now)):
        messages.success(request, f"{server} is connected. {_what_happens(server)}")
        return redirect("mailboxes:incoming-list", mailbox.pk)
    return _form_page(request, mailbox, form, server=None)


@requires(Permission.MANAGE_MAILBOXES)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def connected_change(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Change a connected POP account, and poll it at once."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_incoming(mailbox, incoming_server_id)
    if server.is_primary:
        return redirect("mailboxes:incoming-change", mailbox.pk, server.pk)
    form = ConnectedPopForm(request.POST or None, instance=server, prefix=INCOMING, mailbox=mailbox)
    now = clock.now()
    if form.is_valid() and saved(form, lambda: changing.change_connected(server, now=now)):
        messages.success(request, f"{server} was saved. {_what_happens(server)}")
        return redirect("mailboxes:incoming-list", mailbox.pk)
    return _form_page(request, mailbox, form, server=server)


def _form_page(
    request: TenantRequest, mailbox: Mailbox, form: ConnectedPopForm, *, server: IncomingServer | None
) -> HttpResponse:
    context = section(request, mailbox, form=form, server=server)
    return render(request, "mailboxes/setup/connected.html", context, status=422 if form.is_bound else 200)


def _what_happens(server: IncomingServer) -> str:
    return "Its mail is fetched now." if server.is_active else "It is switched off: nothing is fetched."
