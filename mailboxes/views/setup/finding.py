"""Finds what an address names: within the mailboxes of the person who asks, else it is not found (SECURITY TC10)."""

import uuid

from django.shortcuts import get_object_or_404

from mailboxes.models import Mailbox
from mailhub.tenancy.principal import TenantRequest
from servers.models import IncomingServer, OutgoingServer


def get_mailbox(request: TenantRequest, mailbox_id: uuid.UUID) -> Mailbox:
    """Return the mailbox; raise Http404 for one that this person may not use, and for one that is not there."""
    return get_object_or_404(Mailbox.objects.visible_to(request.principal.membership), pk=mailbox_id)


def get_incoming(mailbox: Mailbox, server_id: uuid.UUID) -> IncomingServer:
    return get_object_or_404(mailbox.incoming_servers.select_related("mailbox"), pk=server_id)


def get_outgoing(mailbox: Mailbox, server_id: uuid.UUID) -> OutgoingServer:
    return get_object_or_404(mailbox.outgoing_servers.select_related("mailbox"), pk=server_id)
