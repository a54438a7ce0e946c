"""What the people of the mail world still have to do; kept on disk, so a restart forgets no answer."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class PlannedLetter:
    """A letter that is written and waits for its moment."""

    due_at: datetime
    mail_from: str
    rcpt_to: str
    raw: bytes


class Agenda:
    """Planned letters, answers given by thread, and when the next stranger writes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def plan(self, letter: PlannedLetter) -> None:
        self._connection.execute(
            "INSERT INTO planned_letter (due_at, mail_from, rcpt_to, raw) VALUES (?, ?, ?, ?)",
            (letter.due_at.timestamp(), letter.mail_from, letter.rcpt_to, letter.raw),
        )

    def take_due(self, now: datetime) -> Iterator[PlannedLetter]:
        """Yield the letters whose moment has come, each removed from the agenda."""
        rows = self._connection.execute(
            "SELECT id, due_at, mail_from, rcpt_to, raw FROM planned_letter WHERE due_at <= ? ORDER BY due_at, id",
            (now.timestamp(),),
        ).fetchall()
        for letter_id, due_at, mail_from, rcpt_to, raw in rows:
            self._connection.execute("DELETE FROM planned_letter WHERE id = ?", (letter_id,))
            yield PlannedLetter(datetime.fromtimestamp(due_at, UTC), mail_from, rcpt_to, bytes(raw))

    def answer_count(self, thread_root: str) -> int:
        row = self._connection.execute(
            "SELECT answer_count FROM answered_thread WHERE root = ?", (thread_root,)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def record_answer(self, thread_root: str) -> None:
        self._connection.execute(
            "INSERT INTO answered_thread (root, answer_count) VALUES (?, 1)"
            " ON CONFLICT (root) DO UPDATE SET answer_count = answer_count + 1",
            (thread_root,),
        )

    def next_stranger(self) -> tuple[datetime, int] | None:
        """Return when the next stranger writes and how many have written; None before the first start."""
        row = self._connection.execute("SELECT next_at, sent_count FROM stranger_schedule").fetchone()
        return None if row is None else (datetime.fromtimestamp(row[0], UTC), int(row[1]))

    def schedule_stranger(self, next_at: datetime, *, sent_count: int) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO stranger_schedule (id, next_at, sent_count) VALUES (1, ?, ?)",
            (next_at.timestamp(), sent_count),
        )
