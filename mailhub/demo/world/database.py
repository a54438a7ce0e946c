"""The one SQLite file in which the mail world keeps everything, so that starting again keeps the data."""

import sqlite3
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS folder (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uidnext INTEGER NOT NULL DEFAULT 1,
    subscribed INTEGER NOT NULL DEFAULT 1,
    UNIQUE (account, name)
);
CREATE TABLE IF NOT EXISTS message (
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uid INTEGER NOT NULL,
    internaldate TEXT NOT NULL,
    flags TEXT NOT NULL,
    size INTEGER NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (folder_id, uid)
);
CREATE TABLE IF NOT EXISTS planned_letter (
    id INTEGER PRIMARY KEY,
    due_at REAL NOT NULL,
    mail_from TEXT NOT NULL,
    rcpt_to TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS answered_thread (root TEXT PRIMARY KEY, answer_count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stranger_schedule (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next_at REAL NOT NULL,
    sent_count INTEGER NOT NULL
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, making it and its tables if they are missing; each statement commits by itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.executescript(_SCHEMA)
    return connection
