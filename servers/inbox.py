"""The port to a server from which mail is fetched: what IMAP and POP3 have in common."""

import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

# A larger message is listed but never fetched (SECURITY TC5).
MAX_MESSAGE_BYTES = 50 * 1024 * 1024

WINDOW_COUNT = 50
WINDOW_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far an IMAP folder has been fetched: every UID up to `last_uid`, as long as `uidvalidity` stays."""

    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder as LIST gives it: its whole name, and its attributes in lower case with the backslash (RFC 9051 §7.3.1).

    `delimiter` parts the levels of the name; it is empty where the server has one level only.
    """

    name: str
    attributes: frozenset[str] = frozenset()
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message on the server.

    `identity` is what names it for ever: the UID (IMAP, within one UIDVALIDITY) or the UIDL (POP3). None means that
    the server gives none to rely on, and the message goes by its content (SECURITY B065, B067). `size` is in octets
    as the server says. `uid` is set for IMAP; `number` (valid within the session) for POP3.
    """

    identity: str | None
    size: int
    uid: int = 0
    number: int = 0

    @property
    def is_too_large(self) -> bool:
        """Tell whether the message is beyond what we fetch."""
        return self.size > MAX_MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class Listing:
    """Messages on the server, oldest first. `uidvalidity` and `uidnext` are 0 where there is none.

    `has_more` says that the listing was cut at the limit: move the cursor, then list again. `total` counts also what
    was cut off, where that is known.
    """

    uidvalidity: int
    entries: list[Entry] = field(default_factory=list)
    uidnext: int = 0
    has_more: bool = False
    total: int = 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message as the server gave it; `internaldate` is aware, and None for POP3."""

    entry: Entry
    raw: bytes
    internaldate: datetime | None = None


class Inbox(typing.Protocol):
    """An open folder, for one session; it begins with INBOX. Every method raises ServerFailure and nothing else."""

    @property
    def is_usable(self) -> bool:
        """Tell whether the session goes on: after a refusal it does, after a lost connection it does not."""
        ...

    def find_folders(self) -> list[ListedFolder]:
        """List the folders of the account; none for POP3, which has INBOX only."""
        ...

    def open_folder(self, name: str | None = ...) -> str:
        """Go on with another folder; return its name and the number of messages. POP3 has INBOX only."""
        ...

    def cursor_at_end(self) -> Cursor | None:
        """Return the cursor behind all that the open folder holds; None where no cursor can be relied on (B065)."""
        ...

    def list_new(self, after: Cursor | None, *, limit: int = ..., since: date | None = None) -> Listing:
        """List at most `limit` messages that came after the cursor (IMAP), or everything (POP3).

        With `since`, IMAP leaves out what the server took in before that day.
        """
        ...

    def list_between(self, after: int, before: int, *, since: date | None, limit: int = ...) -> Listing:
        """List messages by UIDs between the two, from a day on (IMAP); nothing for POP3."""
        ...

    def heads(self, entries: Sequence[Entry]) -> dict[int, bytes]:
        """Return headers by message number, of those that the server gives alone (POP3); none for IMAP."""
        ...

    def fetch(self, entries: Sequence[Entry]) -> Iterator[Fetched]:
        """Fetch messages without marking them as read; those too large or gone from the server give nothing."""
        ...

    def remove(self, entries: Sequence[Entry]) -> list[Entry]:
        """Remove messages and return those that are gone, for POP3 only once `commit_removals` has returned."""
        ...

    def commit_removals(self) -> None:
        """Make removals final (POP3: QUIT, after which the session is over); does nothing for IMAP."""
        ...

    def close(self) -> None:
        """End the session; removals that were not committed are dropped. Never raises."""
        ...


@typing.runtime_checkable
class WritableInbox(Inbox, typing.Protocol):
    """What IMAP can do beside: put a message into a folder."""

    def holds(self, message_id: str) -> bool:
        """Tell whether the open folder has a message with this Message-ID (without angle brackets)."""
        ...

    def append(self, folder: str, raw: bytes, *, internaldate: datetime) -> None:
        """Put a message into a folder, marked as read; `internaldate` is when it was sent."""
        ...

    def create_folder(self, name: str) -> None:
        """Create and subscribe a folder."""
        ...


def windows(
    entries: Sequence[Entry], *, max_count: int = WINDOW_COUNT, max_bytes: int = WINDOW_BYTES
) -> Iterator[list[Entry]]:
    """Cut `entries` into pieces by count and by octets; an entry larger than `max_bytes` comes alone."""
    window: list[Entry] = []
    octets = 0
    for entry in entries:
        if window and (len(window) >= max_count or octets + entry.size > max_bytes):
            yield window
            window, octets = [], 0
        window.append(entry)
        octets += entry.size
    if window:
        yield window
