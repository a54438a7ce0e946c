"""“Connect with Google / Microsoft”: to the provider and back (SPEC M10). Each provider has a way back of its own."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from mailboxes import changing
from mailboxes.views.setup.finding import get_incoming, get_mailbox, get_outgoing
from mailhub import clock
from mailhub.tenancy.access import requires
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import IncomingServer, OutgoingServer
from servers.oauth import connecting
from servers.oauth.connecting import Answer, ConsentRefused, Visit
from servers.oauth.providers import CONNECT_WITH, Provider

_WAY_BACK = {
    Provider.GMAIL: "mailboxes:oauth-callback-google",
    Provider.OFFICE365: "mailboxes:oauth-callback-microsoft",
}


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def incoming_connect(request: TenantRequest, mailbox_id: uuid.UUID, incoming_server_id: uuid.UUID) -> HttpResponse:
    """Lead to the provider of the incoming server, where its account's owner consents."""
    return _leave(request, get_incoming(get_mailbox(request, mailbox_id), incoming_server_id))


@requires(Permission.MANAGE_MAILBOXES)
@require_POST
def outgoing_connect(request: TenantRequest, mailbox_id: uuid.UUID, outgoing_server_id: uuid.UUID) -> HttpResponse:
    """Lead to the provider of the outgoing server, where its account's owner consents."""
    return _leave(request, get_outgoing(get_mailbox(request, mailbox_id), outgoing_server_id))


@requires(Permission.MANAGE_MAILBOXES)
@never_cache
@require_GET
def google_callback(request: TenantRequest) -> HttpResponse:
    return _come_back(request, Provider.GMAIL)


@requires(Permission.MANAGE_MAILBOXES)
@never_cache
@require_GET
def microsoft_callback(request: TenantRequest) -> HttpResponse:
    return _come_back(request, Provider.OFFICE365)


def _leave(request: TenantRequest, server: IncomingServer | OutgoingServer) -> HttpResponse:
    provider = Provider(server.oauth.provider) if server.oauth is not None else Provider.UNKNOWN
    if provider not in _WAY_BACK:
        messages.error(request, "This server is not set up to be connected in the browser.")
        return redirect(_settings_of(server))
    try:
        address = connecting.begin(server, _visit(request, provider), now=clock.now())
    except ConsentRefused as refused:
        messages.error(request, str(refused))
        return redirect(_settings_of(server))
    # A page that leads on, and no redirect: the content policy lets no form end at another site.
    context = {"address": address, "name": CONNECT_WITH[provider], "server": server}
    return render(request, "mailboxes/setup/connecting.html", context)


@sensitive_variables("answer")
def _come_back(request: TenantRequest, provider: Provider) -> HttpResponse:
    names = ("state", "code", "iss", "error", "error_description")
    answer = Answer(**{name: request.GET.get(name, "")[:4096] for name in names})
    now = clock.now()
    try:
        server = connecting.finish(provider, answer, _visit(request, provider), now=now)
    except ConsentRefused as refused:
        messages.error(request, str(refused))
        return redirect(_settings_of(refused.server) if refused.server else reverse("mailboxes:mailbox-list"))
    assert server.oauth is not None
    changing.connected(server.oauth, now=now)
    messages.success(request, f"Connected with {CONNECT_WITH[provider]} as {server.username}. It is tried at once.")
    return redirect("mailboxes:mailbox-detail", server.mailbox_id)


def _visit(request: TenantRequest, provider: Provider) -> Visit:
    return Visit(
        membership=request.principal.membership,
        session_key=request.session.session_key or "",
        redirect_uri=f"{settings.SITE_URL}{reverse(_WAY_BACK[provider])}",
    )


def _settings_of(server: IncomingServer | OutgoingServer) -> str:
    name = "incoming" if isinstance(server, IncomingServer) else "outgoing"
    return reverse(f"mailboxes:{name}-change", args=[server.mailbox_id, server.pk])
