"""Tells mail that was in the inbox when its server was added from what came later.

By UID or UIDL, which say it for sure; by date only where the server numbered its messages anew since, or gives them no
names, or where it is another server by now.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from mailboxes.mime.dates import read_date
from mailboxes.mime.fields import read_fields
from mailboxes.polling.names import Names
from mailboxes.polling.sessions import Session
from servers.endpoints import Protocol
from servers.inbox import Entry, Fetched, Listing
from servers.models import ArchiveMode, Folder, FolderRole, IncomingServer

# A header is looked at as far as this for when a mail came.
_HEAD_OCTETS = 64 * 1024
# The server's clock may be behind ours, and new mail must not be taken for old.
_CLOCKS_DIFFER = timedelta(minutes=2)
# A maildrop is in the order of arrival: after so many old ones in a row the rest is old.
_OLD_IN_A_ROW = 20


def has_boundary(session: Session, folder: Folder) -> bool:
    """Whether some of what is in this folder may be older than its server is here."""
    return folder.role == FolderRole.INBOX and session.server.archive_mode != ArchiveMode.NEW


def draw(session: Session, folder: Folder) -> None:
    """Before the inbox is listed for the first time, note its last UID: what has one up to it was there already."""
    if not has_boundary(session, folder) or folder.uidvalidity or session.server.protocol != Protocol.IMAP:
        return
    end = session.inbox.cursor_at_end()
    with transaction.atomic():
        _note_when(session)
        if end is not None:
            # What came since the server was added is new, although it may be here before the first look; of another
            # account than before, what came since the former one was read.
            _move(
                folder,
                uidvalidity=end.uidvalidity,
                last_uid=0,
                archive_before=end.last_uid + 1,
                is_archive_by_date=True,
                archive_uid=0,
            )


def draw_names(session: Session, folder: Folder, listing: Listing) -> None:
    """The same for a maildrop, out of what it lists."""
    is_drawn = folder.archive_names is not None or session.server.protocol != Protocol.POP3
    if is_drawn or not has_boundary(session, folder):
        return
    named = [one for one in listing.entries if one.identity is not None]
    if session.server.archive_at is not None:
        named = _older(session, named, session.server.archive_at)
    else:
        named = named[: len(named) - _came_since(session, named, session.server.created_at)]
    with transaction.atomic():
        _note_when(session)
        _move(folder, archive_names=Names.of(one.identity for one in named if one.identity is not None).pack())


def draw_anew(folder: Folder, listing: Listing) -> None:
    """The server numbered its messages anew: below the new boundary, dates tell what was there already."""
    if not folder.archive_before:
        return
    behind_all = listing.uidnext or max((one.uid for one in listing.entries), default=0) + 1
    _move(folder, archive_before=behind_all, archive_uid=0, is_archive_by_date=True)


def first_day(session: Session, folder: Folder) -> date | None:
    """Return the day from which on the inbox is listed where dates have to tell; the zone is that of the server."""
    archive_at = session.server.archive_at
    if not has_boundary(session, folder) or archive_at is None or not folder.uidvalidity:
        return None
    end = session.inbox.cursor_at_end()
    is_renumbered = end is not None and end.uidvalidity != folder.uidvalidity
    is_below = folder.is_archive_by_date and folder.last_uid < folder.archive_before - 1
    return (archive_at - timedelta(days=1)).date() if is_renumbered or is_below else None


def without_old(folder: Folder, entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what its name alone tells to have been in the maildrop already."""
    if not folder.archive_names:
        return list(entries)
    names = Names(bytes(folder.archive_names))
    return [entry for entry in entries if entry.identity not in names]


def is_old(session: Session, folder: Folder, one: Fetched) -> bool:
    """Whether a message was there already, as far as its name does not tell before it is fetched."""
    archive_at = session.server.archive_at
    if not has_boundary(session, folder) or archive_at is None:
        return False
    if folder.uidvalidity:
        if one.entry.uid >= folder.archive_before or not folder.is_archive_by_date:
            return one.entry.uid < folder.archive_before
    elif one.entry.identity is not None:
        return False
    arrived_at = arrival(one)
    return arrived_at is not None and arrived_at < archive_at - _CLOCKS_DIFFER


def is_wanted(server: IncomingServer, one: Fetched) -> bool:
    """Whether a message that was there already belongs into the archive; one that tells no date does."""
    if server.archive_mode != ArchiveMode.ARCHIVE:
        return False
    arrived_at = arrival(one)
    return server.archive_from is None or arrived_at is None or arrived_at.date() >= server.archive_from


def arrival(one: Fetched) -> datetime | None:
    """Return when a message came to its server, as well as it can be known."""
    return one.internaldate or arrival_in(one.raw)


def arrival_in(raw: bytes) -> datetime | None:
    """Read it from a header: the server's own `Received` stands first (RFC 5321 §4.4); else what the sender says."""
    fields, _end = read_fields(raw[:_HEAD_OCTETS], 0, min(len(raw), _HEAD_OCTETS))
    received = fields.text("received").rpartition(";")[2]
    return read_date(received) or read_date(fields.text("date"))


def _note_when(session: Session) -> None:
    server = session.server
    if server.archive_at is None:
        server.archive_at = server.created_at
        IncomingServer.objects.filter(pk=server.pk, archive_at=None).update(archive_at=server.archive_at)


def _came_since(session: Session, entries: Sequence[Entry], moment: datetime) -> int:
    """Return how many of the last entries surely came after `moment`: the server was added, and not looked at yet."""
    count = 0
    for entry in reversed(entries):
        head = session.inbox.heads([entry]).get(entry.number)
        arrived_at = arrival_in(head) if head is not None else None
        if arrived_at is None or arrived_at < moment:
            break
        count += 1
    return count


def _older(session: Session, entries: Sequence[Entry], moment: datetime) -> list[Entry]:
    """Return those that came before `moment`; where the server tells no dates, all count as new, lest one be lost."""
    newer: set[int] = set()
    in_a_row = 0
    for entry in reversed(entries):
        head = session.inbox.heads([entry]).get(entry.number)
        arrived_at = arrival_in(head) if head is not None else None
        if arrived_at is not None and arrived_at < moment - _CLOCKS_DIFFER:
            in_a_row += 1
        else:
            in_a_row = 0
            newer.add(entry.number)
        if in_a_row == _OLD_IN_A_ROW:
            break
        if head is None:
            return []
    return [one for one in entries if one.number not in newer]


def _move(folder: Folder, **values: Any) -> None:
    """Nothing happens to a folder that a person's change of the server took away."""
    for name, value in values.items():
        setattr(folder, name, value)
    Folder.objects.filter(pk=folder.pk).update(**values)
