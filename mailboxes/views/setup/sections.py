"""What the pages of one mailbox have in common: its head and the list of its sections."""

from typing import Any

from mailboxes.models import Mailbox
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import ServerError
from servers.models.errors import SHOWN


def section(request: TenantRequest, mailbox: Mailbox, **context: Any) -> dict[str, Any]:
    """Return the context of a page of `mailbox`, with `context` added."""
    return {
        "mailbox": mailbox,
        "incoming": mailbox.incoming_servers.filter(is_primary=True).first(),
        "outgoing_servers": list(mailbox.outgoing_servers.order_by("-is_default", "created_at", "id")),
        "error_count": ServerError.objects.filter(mailbox=mailbox)[:SHOWN].count(),
        "may_manage": request.principal.may(Permission.MANAGE_MAILBOXES),
        **context,
    }
