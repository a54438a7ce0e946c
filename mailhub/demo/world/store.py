"""Folders and messages of the mail world; IMAP, POP3 and delivery all read and write here."""

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

INBOX = "INBOX"

_MESSAGE_COLUMNS = "folder_id, uid, internaldate, flags, size"


@dataclass(frozen=True)
class Folder:
    """One IMAP mailbox of an account."""

    id: int
    account: str
    name: str
    uidvalidity: int
    uidnext: int
    is_subscribed: bool


@dataclass(frozen=True)
class StoredMessage:
    """What is known of a message without its bytes; `size` in octets, `flags` in IMAP spelling."""

    folder_id: int
    uid: int
    internaldate: datetime
    flags: frozenset[str]
    size: int


class MailStore:
    """Messages by folder, with UIDVALIDITY and UIDs that survive a restart (RFC 3501 §2.3.1.1).

    Everything runs on one thread; listeners are told the folder id after each change.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._listeners: list[Callable[[int], None]] = []

    def on_change(self, listener: Callable[[int], None]) -> None:
        """Call `listener` with the folder id whenever messages or flags of a folder changed."""
        self._listeners.append(listener)

    def folders(self, account: str) -> list[Folder]:
        rows = self._connection.execute(
            "SELECT id, account, name, uidvalidity, uidnext, subscribed FROM folder WHERE account = ? ORDER BY name",
            (account,),
        )
        return [_folder(row) for row in rows]

    def get_folder(self, account: str, name: str) -> Folder:
        """Return a folder by name; INBOX in any letter case. Raises KeyError."""
        row = self._connection.execute(
            "SELECT id, account, name, uidvalidity, uidnext, subscribed FROM folder WHERE account = ? AND name = ?",
            (account, _canonical(name)),
        ).fetchone()
        if row is None:
            raise KeyError(name)
        return _folder(row)

    def create_folder(self, account: str, name: str, *, now: datetime) -> Folder:
        """Make a folder. Raises ValueError if it exists."""
        try:
            cursor = self._connection.execute(
                "INSERT INTO folder (account, name, uidvalidity) VALUES (?, ?, 0)", (account, _canonical(name))
            )
        except sqlite3.IntegrityError as error:
            raise ValueError(name) from error
        # Time makes the value unlike that of an older world, the id makes it unlike a folder deleted this second.
        uidvalidity = int(now.timestamp()) + (cursor.lastrowid or 0)
        self._connection.execute("UPDATE folder SET uidvalidity = ? WHERE id = ?", (uidvalidity, cursor.lastrowid))
        return self.get_folder(account, name)

    def ensure_folder(self, account: str, name: str, *, now: datetime) -> Folder:
        """Return the folder, made if it is missing."""
        try:
            return self.get_folder(account, name)
        except KeyError:
            return self.create_folder(account, name, now=now)

    def delete_folder(self, folder: Folder) -> None:
        self._connection.execute("DELETE FROM folder WHERE id = ?", (folder.id,))
        self._announce(folder.id)

    def rename_folder(self, folder: Folder, name: str) -> None:
        """Give a folder a new name. Raises ValueError if the name is taken."""
        try:
            self._connection.execute("UPDATE folder SET name = ? WHERE id = ?", (name, folder.id))
        except sqlite3.IntegrityError as error:
            raise ValueError(name) from error

    def subscribe(self, account: str, name: str) -> None:
        self._connection.execute("UPDATE folder SET subscribed = 1 WHERE account = ? AND name = ?", (account, name))

    def unsubscribe(self, account: str, name: str) -> None:
        self._connection.execute("UPDATE folder SET subscribed = 0 WHERE account = ? AND name = ?", (account, name))

    def messages(self, folder_id: int) -> list[StoredMessage]:
        """Return all messages of a folder in the order of their UIDs."""
        rows = self._connection.execute(
            f"SELECT {_MESSAGE_COLUMNS} FROM message WHERE folder_id = ? ORDER BY uid",  # noqa: S608 - a constant
            (folder_id,),
        )
        return [_message(row) for row in rows]

    def find_message(self, folder_id: int, uid: int) -> StoredMessage | None:
        row = self._connection.execute(
            f"SELECT {_MESSAGE_COLUMNS} FROM message WHERE folder_id = ? AND uid = ?",  # noqa: S608 - a constant
            (folder_id, uid),
        ).fetchone()
        return None if row is None else _message(row)

    def find_raw(self, folder_id: int, uid: int) -> bytes | None:
        """Return the bytes of a message, or None if it was expunged."""
        row = self._connection.execute(
            "SELECT raw FROM message WHERE folder_id = ? AND uid = ?", (folder_id, uid)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def append(self, folder_id: int, raw: bytes, *, internaldate: datetime, flags: Iterable[str] = ()) -> StoredMessage:
        """Add a message at the end of a folder and return it with its new UID. Raises KeyError for a lost folder."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            row = self._connection.execute(
                "UPDATE folder SET uidnext = uidnext + 1 WHERE id = ? RETURNING uidnext - 1", (folder_id,)
            ).fetchone()
            if row is None:
                raise KeyError(folder_id)
            message = StoredMessage(folder_id, row[0], internaldate, frozenset(flags), len(raw))
            self._connection.execute(
                f"INSERT INTO message ({_MESSAGE_COLUMNS}, raw) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                (folder_id, message.uid, internaldate.isoformat(), _joined(message.flags), message.size, raw),
            )
        self._announce(folder_id)
        return message

    def copy(self, folder_id: int, uid: int, destination_id: int) -> int | None:
        """Copy a message with flags and date and return the new UID, or None if it is gone."""
        message, raw = self.find_message(folder_id, uid), self.find_raw(folder_id, uid)
        if message is None or raw is None:
            return None
        return self.append(destination_id, raw, internaldate=message.internaldate, flags=message.flags).uid

    def replace_flags(self, folder_id: int, uid: int, flags: Iterable[str]) -> None:
        self._connection.execute(
            "UPDATE message SET flags = ? WHERE folder_id = ? AND uid = ?", (_joined(flags), folder_id, uid)
        )
        self._announce(folder_id)

    def expunge(self, folder_id: int, uids: Iterable[int]) -> None:
        """Remove messages for good; a UID that is gone already is no error."""
        self._connection.executemany(
            "DELETE FROM message WHERE folder_id = ? AND uid = ?", [(folder_id, uid) for uid in uids]
        )
        self._announce(folder_id)

    def _announce(self, folder_id: int) -> None:
        for listener in self._listeners:
            listener(folder_id)


def _canonical(name: str) -> str:
    return INBOX if name.upper() == INBOX else name


def _folder(row: tuple[int, str, str, int, int, int]) -> Folder:
    folder_id, account, name, uidvalidity, uidnext, subscribed = row
    return Folder(folder_id, account, name, uidvalidity, uidnext, is_subscribed=bool(subscribed))


def _message(row: tuple[int, int, str, str, int]) -> StoredMessage:
    folder_id, uid, internaldate, flags, size = row
    return StoredMessage(folder_id, uid, datetime.fromisoformat(internaldate), frozenset(flags.split()), size)


def _joined(flags: Iterable[str]) -> str:
    return " ".join(sorted(flags))
