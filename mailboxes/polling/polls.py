"""One poll of one incoming server: its folders one after the other, over one session."""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime

from mailboxes import storing
from mailboxes.polling import archiving, folders, windows
from mailboxes.polling.sessions import Session
from servers.failures import FailureKind, Operation, ServerFailure
from servers.models import Folder, IncomingServer, ServerError
from servers.opening import open_inbox_of

log = logging.getLogger(__name__)

# Poll tasks end within 60 seconds: after this many no further window is begun, and the rest is due at once.
INBOX_SECONDS = 35.0
# Junk and Sent have what INBOX leaves, and some more: a long backlog there does not keep them waiting.
ALL_SECONDS = 45.0


def poll(
    server_id: uuid.UUID, token: uuid.UUID, *, now: Callable[[], datetime], stored: Callable[[uuid.UUID], None]
) -> bool:
    """Poll the server whose lease `token` is; False when there is no such lease (any more).

    `stored` is called with the mailbox after each window that brought something new.
    """
    server = IncomingServer.objects.select_related("mailbox").filter(pk=server_id).first()
    if server is None or not server.begin_poll(token):
        return False
    try:
        with open_inbox_of(server, now=now()) as inbox:
            began = time.monotonic()
            has_more = _read_all(Session(server, inbox, token, now=now, stored=stored), began=began)
    except ServerFailure as failure:
        ServerError.objects.record(server, failure, now=now())
        server.fail_poll(token, failure, now=now())
        log.info("poll of %s failed: %s", server.pk, failure)
        return True
    except storing.LeaseLost as lost:
        log.warning("%s", lost)
        return True
    except Exception:
        # Our own error is in the log; the server waits as after any failure, instead of being tried without end.
        own = ServerFailure(
            Operation.FETCH,
            FailureKind.INTERNAL,
            "mailhub could not finish the poll, because of an error of its own.",
        )
        ServerError.objects.record(server, own, now=now())
        server.fail_poll(token, own, now=now())
        raise
    server.end_poll(token, now=now(), more=has_more)
    return True


def _read_all(session: Session, *, began: float) -> bool:
    """Read INBOX and then what is due of the others; True when there is more than the time was enough for.

    Raises ServerFailure when INBOX could not be read; that keeps no other folder from being read.
    """
    remembered = folders.remembered(session.server)
    inbox_folder = folders.inbox_of(session.server, remembered)
    failure: ServerFailure | None = None
    has_more = False
    try:
        has_more = windows.take_in(session, inbox_folder, until=began + INBOX_SECONDS)
    except ServerFailure as refused:
        failure = refused
    if session.inbox.is_usable and folders.wanted_roles(session.server):
        has_more |= _read_others(session, remembered, until=began + ALL_SECONDS)
    if failure is not None:
        raise failure
    return has_more or _read_archive(session, inbox_folder, until=began + ALL_SECONDS)


def _read_archive(session: Session, folder: Folder, *, until: float) -> bool:
    """Go on with what was in INBOX before, where nothing newer waits; what goes wrong keeps no new mail back."""
    if not (session.inbox.is_usable and session.server.has_archive_to_take_in and folder.uidvalidity):
        return False
    try:
        session.inbox.open_folder(folder.name)
        until = min(until, time.monotonic() + archiving.ARCHIVE_SECONDS)
        return archiving.take_in(session, folder, until=until)
    except ServerFailure as failure:
        ServerError.objects.record(session.server, failure, now=session.now())
        return False


def _read_others(session: Session, remembered: list[Folder], *, until: float) -> bool:
    """Read Junk and Sent as far as they are due; what goes wrong with one of them is no failure of the server."""
    has_more = False
    read = []
    for folder in folders.due_others(session, remembered):
        if time.monotonic() > until:
            return True
        try:
            session.inbox.open_folder(folder.name)
            has_more |= windows.take_in(session, folder, until=until)
        except ServerFailure as failure:
            folders.note_failure(session, folder, failure)
            if not session.inbox.is_usable:
                break
        else:
            read.append(folder)
    folders.note_read(read, now=session.now())
    return has_more
