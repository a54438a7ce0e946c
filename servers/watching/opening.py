"""From a row to a connection that idles. Blocks, so it runs in threads of its own (`servers.watching.set_ups`)."""

import time
from datetime import datetime

from django.db import connections

from mailhub.tenancy.scope import tenant_scope
from servers.imap import ImapInbox
from servers.models import IncomingServer
from servers.opening import open_inbox_of
from servers.watching.connection import IdleConnection


class NotOffered(Exception):
    """The server has no IDLE."""


def open_idle(server: IncomingServer, *, now: datetime) -> IdleConnection:
    """Connect, encrypt, sign in, open INBOX for reading only, and send IDLE; it ends within about a minute.

    Raises NotOffered or ServerFailure.
    """
    try:
        with tenant_scope(server.tenant_id), open_inbox_of(server, now=now) as session:
            if not isinstance(session, ImapInbox) or not session.offers_idle():
                raise NotOffered
            return IdleConnection(server.pk, session.begin_idle(), now=time.monotonic())
    finally:
        # Each of these threads would keep a database connection that it needs for a few milliseconds.
        connections.close_all()
