"""What templates ask of the results of reply checks."""

import uuid
from collections.abc import Mapping

from django import template

from mailboxes.reply_results import Result
from servers.models import OutgoingServer

register = template.Library()


@register.filter
def of_server(results: Mapping[uuid.UUID, Result], server: OutgoingServer) -> Result | None:
    """Return the result of one server, looked up with those of all others."""
    return results.get(server.pk)
