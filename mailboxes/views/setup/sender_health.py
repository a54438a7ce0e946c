"""Whether others believe the mail of an outgoing server (SPEC M29). It asks the network, so only on demand."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from mailboxes.forms.asking import SelectorForm
from mailboxes.views.setup.finding import get_mailbox, get_outgoing
from mailboxes.views.setup.sections import section
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers import throttling
from servers.hostnames import InvalidHostname
from servers.models import OutgoingServer
from servers.sender_health.checking import check_sender
from servers.sender_health.remembering import remember
from servers.sender_health.report import State

_PILLS = {State.OK: "works", State.WARNING: "waits", State.MISSING: "needs", State.UNKNOWN: "neutral"}


@requires(Permission.SEE_MAILBOXES)
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_health(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Show what is checked; when asked, look SPF, DKIM and DMARC up and explain them."""
    mailbox = get_mailbox(request, mailbox_id)
    server = get_outgoing(mailbox, outgoing_server_id)
    form = SelectorForm(request.POST if request.method == "POST" else None)
    context = section(request, mailbox, server=server, form=form)
    status = 200
    if form.is_bound:
        answer, status = _answer(request, server, form)
        context |= answer
    is_fragment = bool(request.headers.get("HX-Request")) and form.is_bound
    template = "mailboxes/setup/_sender_health.html" if is_fragment else "mailboxes/setup/sender_health.html"
    response = render(request, template, context, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(throttling.WINDOW_SECONDS)
    return response


def _answer(request: TenantRequest, server: OutgoingServer, form: SelectorForm) -> tuple[dict[str, object], int]:
    if not form.is_valid():
        return {"kind": "incomplete"}, 422
    if not throttling.admit_test(request.principal.user.pk):
        return {"kind": "too_many", "limit": throttling.TESTS_PER_MINUTE}, 429
    selector = form.cleaned_data["selector"]
    try:
        health = check_sender(server.from_address, server.mail_from, server.host, selector=selector)
    except InvalidHostname:
        return {"kind": "no_domain"}, 422
    remember(server, health, now=clock.now())
    return {"kind": "checked", "health": health, "checks": [(_PILLS[one.state], one) for one in health.checks]}, 200
