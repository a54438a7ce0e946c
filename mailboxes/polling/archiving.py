"""Takes in, as an archive, what was in the inbox when its server was added: window by window, after all that is new.

The oldest first, so that answers find what they answer.
"""

import time
from collections.abc import Sequence

from mailboxes import storing
from mailboxes.models import Message
from mailboxes.polling import boundaries, taking
from mailboxes.polling.names import Names
from mailboxes.polling.sessions import Session
from servers.inbox import Entry, Listing, windows
from servers.models import Folder, IncomingServer

# With one poll: the next one looks for new mail first.
ARCHIVE_SECONDS = 15.0
# While so many messages wait for the pipeline, no archive is added to them.
MOST_WAITING = 1000


def take_in(session: Session, folder: Folder, *, until: float) -> bool:
    """Go on with the archive of an open IMAP inbox; True when there is more of it. Raises as windows do."""
    server = session.server
    if not server.has_archive_to_take_in or not folder.archive_before:
        return False
    listing = session.inbox.list_between(folder.archive_uid, folder.archive_before, since=server.archive_from)
    if listing.uidvalidity != folder.uidvalidity:
        return True
    known = taking.known_identities(session, folder, listing.entries)
    left = listing.total
    _note_left(session, left)
    for window in windows(listing.entries):
        if _has_to_stop(session, until):
            return True
        wanted = [entry for entry in window if entry.identity not in known and not entry.is_too_large]
        taking.report_too_large(session, window)
        if wanted:
            taking.take_in_window(session, folder, wanted)
        left -= len(window)
        folder.archive_uid = window[-1].uid
        Folder.objects.filter(pk=folder.pk).update(archive_uid=folder.archive_uid)
        _note_left(session, left)
    if not listing.has_more:
        _end(session)
    return listing.has_more


def take_in_named(session: Session, folder: Folder, listing: Listing, *, until: float) -> bool:
    """The same for a POP3 maildrop, out of what it lists."""
    server = session.server
    if not server.has_archive_to_take_in or folder.archive_names is None:
        return False
    names = Names(bytes(folder.archive_names))
    known = taking.known_identities(session, folder, listing.entries)
    to_do = [
        entry
        for entry in listing.entries
        if entry.identity is not None and entry.identity in names and not names.is_done(entry.identity)
    ]
    left = len(to_do)
    _note_left(session, left)
    try:
        for window in windows(to_do):
            if _has_to_stop(session, until):
                return True
            taking.report_too_large(session, window)
            wanted = [entry for entry in window if entry.identity not in known and not entry.is_too_large]
            recent = _recent(session, wanted)
            if recent:
                taking.take_in_window(session, folder, recent, are_named_as_old=True)
            names.mark_done(entry.identity for entry in window if entry.identity is not None)
            left -= len(window)
            _note_left(session, left)
    finally:
        folder.archive_names = names.pack()
        Folder.objects.filter(pk=folder.pk).update(archive_names=folder.archive_names)
    _end(session)
    return False


def _recent(session: Session, entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what is older than was asked for, where the server tells it before a message is fetched."""
    since = session.server.archive_from
    if since is None:
        return list(entries)
    came = {number: boundaries.arrival_in(head) for number, head in session.inbox.heads(entries).items()}
    return [one for one in entries if (at := came.get(one.number)) is None or at.date() >= since]


def _has_to_stop(session: Session, until: float) -> bool:
    if time.monotonic() > until:
        return True
    waiting = Message.objects.filter(mailbox_id=session.server.mailbox_id).waiting().order_by()
    return waiting[:MOST_WAITING].count() >= MOST_WAITING


def _note_left(session: Session, left: int) -> None:
    """Note how many are left, for people to see. Raises LeaseLost when a person stopped or began it anew meanwhile."""
    server = session.server
    server.archive_left = left
    if server.archive_count is None:
        server.archive_count = left
    _write(session, archive_left=left, archive_count=server.archive_count)


def _end(session: Session) -> None:
    session.server.archive_ended_at = session.now()
    _write(session, archive_ended_at=session.server.archive_ended_at)


def _write(session: Session, **values: object) -> None:
    mine = IncomingServer.objects.filter(pk=session.server.pk, poll_token=session.token)
    if not mine.update(**values):
        raise storing.LeaseLost(f"The lease of {session.server.pk} ended while its archive was taken in.")
