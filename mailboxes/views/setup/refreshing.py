"""How often the page of a mailbox asks how the servers are doing."""

from datetime import datetime

from mailboxes.models import Mailbox
from servers.models import IncomingServer
from servers.standing import Health

SOON_SECONDS = 3
USUAL_SECONDS = 20


def refresh_seconds(mailbox: Mailbox, incoming: IncomingServer | None, *, now: datetime) -> int:
    """Return the pause in seconds: a short one while a poll is about to say something that the person waits for."""
    if incoming is None or not mailbox.is_active or not incoming.is_active:
        return USUAL_SECONDS
    is_awaited = incoming.health != Health.PAUSED and (incoming.health == Health.NEW or incoming.next_poll_at <= now)
    return SOON_SECONDS if is_awaited else USUAL_SECONDS
