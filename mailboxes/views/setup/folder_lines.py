"""What the page of a mailbox says of the folders beside INBOX."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servers.endpoints import Protocol
from servers.models import Folder, FolderRole, IncomingServer

# Longer words of a server stand with the errors.
_MOST_WORDS = 160


@dataclass(frozen=True)
class FolderLine:
    """One folder: what it is, and in words how it is doing."""

    role: str
    words: str
    needs_someone: bool = False
    last_read_at: datetime | None = None


def folder_lines(server: IncomingServer | None) -> Sequence[FolderLine]:
    """Return a line for Junk and one for Sent; none for POP3, which has INBOX only. `folders` come prefetched."""
    if server is None or server.protocol != Protocol.IMAP:
        return ()
    known = {folder.role: folder for folder in server.folders.all()}
    wanted = ((FolderRole.JUNK, server.watch_junk), (FolderRole.SENT, server.read_sent))
    return [_line(server, role, known.get(role), is_read=is_read) for role, is_read in wanted]


def _line(server: IncomingServer, role: FolderRole, folder: Folder | None, *, is_read: bool) -> FolderLine:
    if not is_read:
        return FolderLine(role.label, "not read")
    if folder is None:
        if server.folders_sought_at is None:
            return FolderLine(role.label, "is looked for with the next fetch")
        return FolderLine(role.label, "there is none on the server; it is looked for again by itself")
    if folder.failure:
        words = f"{folder.name} cannot be read: {folder.failure[:_MOST_WORDS]}"
        return FolderLine(role.label, words, needs_someone=True, last_read_at=folder.last_read_at)
    return FolderLine(role.label, folder.name, last_read_at=folder.last_read_at)
