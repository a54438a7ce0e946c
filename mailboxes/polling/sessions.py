"""What the steps of one poll have in common."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from servers.inbox import Inbox
from servers.models import IncomingServer


@dataclass
class Session:
    """An open session with an incoming server, under the lease `token`."""

    server: IncomingServer
    inbox: Inbox
    token: uuid.UUID
    now: Callable[[], datetime]
    # Called with the mailbox after each window that brought something new.
    stored: Callable[[uuid.UUID], None]
    stored_count: int = 0
