"""Where a person goes once servers are saved: to the mailbox, or to what is still missing."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from mailboxes.models import Mailbox
from mailhub.tenancy.principal import TenantRequest
from servers.models import IncomingServer, OutgoingServer


def go_on(request: TenantRequest, mailbox: Mailbox, *servers: IncomingServer | OutgoingServer | None) -> HttpResponse:
    """Lead to the first of `servers` that has to be connected in the browser, else to the mailbox."""
    for server in servers:
        if server is not None and server.oauth is not None and not server.oauth.is_connected:
            messages.info(request, f"One step is left: connect it with {server.oauth.connect_with}.")
            name = "incoming" if isinstance(server, IncomingServer) else "outgoing"
            return redirect(f"mailboxes:{name}-change", mailbox.pk, server.pk)
    return redirect("mailboxes:mailbox-detail", mailbox.pk)
