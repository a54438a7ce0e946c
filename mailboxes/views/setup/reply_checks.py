"""The reply check of an outgoing server: started, watched, and explained (SPEC M13)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from mailboxes import reply_checking
from mailboxes.models import ReplyCheck
from mailboxes.reply_checking import CannotCheck
from mailboxes.reply_results import Outcome, results_of
from mailboxes.views.setup.check_steps import steps_of
from mailboxes.views.setup.finding import get_mailbox, get_outgoing
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import OutgoingServer


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def outgoing_check(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Send a probe to each address of the server, or say why that is not possible now."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    try:
        reply_checking.start(server, ReplyCheck.Reason.ASKED, now=clock.now())
    except CannotCheck as obstacle:
        if request.headers.get("HX-Request"):
            return _show(request, server, refused=str(obstacle))
        messages.error(request, str(obstacle))
    if request.headers.get("HX-Request"):
        return _show(request, server)
    return redirect("mailboxes:reply-check", mailbox.pk, server.pk)


@requires(Permission.SEE_MAILBOXES)
@require_safe
@vary_on_headers("HX-Request")
def reply_check(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Show the newest check, address by address; while it runs, the page asks again by itself."""
    return _show(request, get_outgoing(get_mailbox(request, mailbox_id), outgoing_server_id))


def _show(request: TenantRequest, server: OutgoingServer, *, refused: str = "") -> HttpResponse:
    now = clock.now()
    result = results_of([server], now=now)[server.pk]
    context = section(
        request,
        server.mailbox,
        server=server,
        result=result,
        refused=refused or ("" if result.check else reply_checking.obstacle_to(server)),
        steps=steps_of(server, result),
        is_running=result.outcome == Outcome.RUNNING,
    )
    is_fragment = bool(request.headers.get("HX-Request"))
    template = "mailboxes/setup/_reply_check_steps.html" if is_fragment else "mailboxes/setup/reply_check.html"
    return render(request, template, context)
