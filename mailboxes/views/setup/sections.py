"""What the pages of one mailbox have in common: its head and the list of its sections."""

from typing import Any

from mailboxes.models import Mailbox
from mailboxes.views.setup.folder_lines import folder_lines
from mailhub.tenancy.permissions import Permission
from mailhub.tenancy.principal import TenantRequest
from servers.models import ServerError
from servers.models.errors import SHOWN


def section(request: TenantRequest, mailbox: Mailbox, **context: Any) -> dict[str, Any]:
    """Return the context of a page of `mailbox`, with `context` added."""
    receiving = list(mailbox.incoming_servers.prefetch_related("folders").order_by("created_at", "id"))
    incoming = next((one for one in receiving if one.is_primary), None)
    return {
        "mailbox": mailbox,
        "incoming": incoming,
        "folder_lines": folder_lines(incoming),
        "connected_accounts": [one for one in receiving if not one.is_primary],
        "outgoing_servers": list(mailbox.outgoing_servers.order_by("-is_default", "created_at", "id")),
        "error_count": ServerError.objects.filter(mailbox=mailbox)[:SHOWN].count(),
        "may_manage": request.principal.may(Permission.MANAGE_MAILBOXES),
        **context,
    }
