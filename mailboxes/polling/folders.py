"""Which folders of a server are read, and from where on (SPEC M28)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from mailboxes.models import MessageOrigin
from mailboxes.polling import boundaries
from mailboxes.polling.sessions import Session
from servers.endpoints import Protocol
from servers.failures import FailureKind, Operation, ServerFailure
from servers.inbox import Cursor, ListedFolder, Listing
from servers.models import Folder, FolderRole, IncomingServer, ServerError
from servers.special_folders import INBOX, find_folder

# A server that gives another UIDVALIDITY with each poll makes us fetch everything with each poll (SECURITY B065).
MOST_RESYNCS = 5
# Sent is read with about every third poll, and with each one that brought something: an answer to what a person sent
# from another program comes after it. Junk is read each time, because a reply there has to be here within a minute.
SENT_PAUSE = timedelta(seconds=100)
# How long a folder that was not found is not looked for.
SEEK_PAUSE = timedelta(minutes=10)


def wanted_roles(server: IncomingServer) -> list[FolderRole]:
    """Return the folders beside INBOX that are to be read; POP3 has none."""
    if server.protocol != Protocol.IMAP:
        return []
    wanted = [(FolderRole.JUNK, server.watch_junk), (FolderRole.SENT, server.read_sent)]
    return [role for role, is_wanted in wanted if is_wanted]


def remembered(server: IncomingServer) -> list[Folder]:
    """Return the folders that are known from earlier polls."""
    return list(Folder.objects.filter(server=server))


def inbox_of(server: IncomingServer, known: Sequence[Folder]) -> Folder:
    found = next((one for one in known if one.role == FolderRole.INBOX), None)
    if found is not None:
        return found
    folder, _created = Folder.objects.get_or_create(tenant_id=server.tenant_id, server=server, name=INBOX)
    return folder


def due_others(session: Session, known: Sequence[Folder]) -> list[Folder]:
    """Return the folders beside INBOX that are to be read now; those that are not known yet are looked for."""
    wanted = wanted_roles(session.server)
    by_role = {FolderRole(one.role): one for one in known if one.role in wanted}
    missing = [role for role in wanted if role not in by_role]
    if missing and _may_seek(session):
        by_role |= _find(session, missing)
    return [by_role[role] for role in wanted if role in by_role and _is_due(by_role[role], session)]


def listing_of(session: Session, folder: Folder) -> Listing:
    """List what is new in the open folder. Raises ServerFailure when the server numbers its messages anew all the time.

    Of Junk and Sent nothing is taken in that was there when they were first seen.
    """
    if folder.role == FolderRole.INBOX:
        listing = session.inbox.list_new(folder.cursor, since=boundaries.first_day(session, folder))
        _follow_uidvalidity(folder, listing)
        return listing
    end = session.inbox.cursor_at_end()
    if end is None:
        raise _unnumbered(folder)
    if folder.cursor is None:
        _move(folder, uidvalidity=end.uidvalidity, last_uid=end.last_uid)
    since = _since(folder, end)
    return session.inbox.list_new(folder.cursor, since=since)


def skip_to_end(session: Session, folder: Folder, listing: Listing) -> None:
    """Move the cursor over what gave no message (too large, gone, too old), once all that is listed is stored."""
    last_uid = max((entry.uid for entry in listing.entries), default=0)
    if folder.role != FolderRole.INBOX and not listing.has_more:
        end = session.inbox.cursor_at_end()
        last_uid = max(last_uid, end.last_uid if end is not None else 0)
    if last_uid > folder.last_uid:
        _move(folder, last_uid=last_uid)


def note_read(folders: Sequence[Folder], *, now: datetime) -> None:
    if folders:
        Folder.objects.filter(pk__in=[one.pk for one in folders]).update(last_read_at=now, failure="")


def note_failure(session: Session, folder: Folder, failure: ServerFailure) -> None:
    """Keep what the server said of a folder; one that is not there any more is forgotten, and looked for again."""
    if _has_vanished(session, folder, failure):
        folder.delete()
        IncomingServer.objects.filter(pk=session.server.pk).update(folders_sought_at=None)
        return
    ServerError.objects.record(session.server, failure, now=session.now())
    Folder.objects.filter(pk=folder.pk).update(failure=failure.words[:600])


def _is_due(folder: Folder, session: Session) -> bool:
    if folder.role != FolderRole.SENT or folder.last_read_at is None or session.stored_count:
        return True
    return session.now() - folder.last_read_at >= SENT_PAUSE


def _may_seek(session: Session) -> bool:
    sought_at = session.server.folders_sought_at
    return sought_at is None or session.now() - sought_at >= SEEK_PAUSE


def _find(session: Session, roles: Sequence[FolderRole]) -> dict[FolderRole, Folder]:
    """Look for folders and remember those that are there. What LIST fails with is kept, and stops nothing."""
    IncomingServer.objects.filter(pk=session.server.pk).update(folders_sought_at=session.now())
    try:
        listed = session.inbox.find_folders()
    except ServerFailure as failure:
        ServerError.objects.record(session.server, failure, now=session.now())
        return {}
    names = {role: find_folder(role, listed) for role in roles}
    return {role: _remember(session.server, role, name) for role, name in names.items() if name is not None}


def _remember(server: IncomingServer, role: FolderRole, name: str) -> Folder:
    folder, is_new = Folder.objects.get_or_create(
        tenant_id=server.tenant_id, server=server, name=name, defaults={"role": role}
    )
    if not is_new and folder.role != role:
        # It had another role before; what was read of it stays known.
        folder.role = role
        Folder.objects.filter(pk=folder.pk).update(role=role)
    return folder


def _has_vanished(session: Session, folder: Folder, failure: ServerFailure) -> bool:
    if failure.operation != Operation.OPEN_FOLDER or failure.kind != FailureKind.PERMANENT:
        return False
    if not session.inbox.is_usable:
        return False
    try:
        listed = session.inbox.find_folders()
    except ServerFailure as other:
        ServerError.objects.record(session.server, other, now=session.now())
        return False
    return not any(_is_there(one, folder.name) for one in listed)


def _is_there(listed: ListedFolder, name: str) -> bool:
    return listed.name == name and "\\nonexistent" not in listed.attributes


def _since(folder: Folder, end: Cursor) -> date | None:
    """Follow UIDVALIDITY; return the day from which mail of a folder that was numbered anew is looked through again."""
    is_same = end.uidvalidity == folder.uidvalidity and end.last_uid >= folder.last_uid
    if not is_same:
        _start_anew(folder, end.uidvalidity)
        if folder.resync_count > MOST_RESYNCS:
            raise _renumbering(f"The server numbered {folder.name} anew {folder.resync_count} times.")
    elif folder.last_uid and folder.resync_count:
        _move(folder, resync_count=0)
    if not folder.resync_count or folder.last_uid:
        return None
    # Content recognises what is stored; SINCE compares days in the zone of the server.
    return (folder.last_read_at - timedelta(days=1)).date() if folder.last_read_at else None


def _start_anew(folder: Folder, uidvalidity: int) -> None:
    if uidvalidity == folder.uidvalidity:
        # Its UIDs name other messages by now (SECURITY B066): what was stored under them must not count as known.
        MessageOrigin.objects.filter(folder=folder, uidvalidity=uidvalidity).delete()
    _move(folder, uidvalidity=uidvalidity, last_uid=0, resync_count=folder.resync_count + 1, refused={})


def _follow_uidvalidity(folder: Folder, listing: Listing) -> None:
    """Start the folder anew when the server numbered it anew; content recognises what is stored already.

    Raises ServerFailure when that happens again and again, until the server gives one UIDVALIDITY twice.
    """
    if listing.uidvalidity == folder.uidvalidity and not 0 < listing.uidnext <= folder.last_uid:
        if folder.last_uid and folder.resync_count:
            _move(folder, resync_count=0)
        return
    has_reused_uids = folder.uidvalidity > 0 and listing.uidvalidity == folder.uidvalidity
    if has_reused_uids and folder.resync_count >= MOST_RESYNCS:
        raise _renumbering(f"The server gave UIDs a second time {folder.resync_count} times.")
    if folder.uidvalidity:
        _start_anew(folder, listing.uidvalidity)
        boundaries.draw_anew(folder, listing)
    else:
        _move(folder, uidvalidity=listing.uidvalidity, last_uid=0)
    if has_reused_uids:
        raise _renumbering("The server gives UIDs again that other messages had (RFC 9051 §2.3.1.1).")
    if folder.resync_count > MOST_RESYNCS:
        raise _renumbering(f"The server changed UIDVALIDITY {folder.resync_count} times.")


def _move(folder: Folder, **values: Any) -> None:
    """Write where reading goes on; nothing happens to a folder that a person's change of the server took away."""
    for name, value in values.items():
        setattr(folder, name, value)
    Folder.objects.filter(pk=folder.pk).update(**values)


def _renumbering(words: str) -> ServerFailure:
    return ServerFailure(
        Operation.OPEN_FOLDER,
        FailureKind.PROTOCOL,
        words,
        advice="The server renumbers its messages; if it goes on, ask its administrator, or use POP3.",
    )


def _unnumbered(folder: Folder) -> ServerFailure:
    return ServerFailure(
        Operation.OPEN_FOLDER,
        FailureKind.PROTOCOL,
        f"The server gives no UIDVALIDITY for {folder.name}, so nobody can tell what is new there.",
        advice="Without it only INBOX is read. Ask the administrator of the server.",
    )
