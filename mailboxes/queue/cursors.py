"""Places in a list: each page begins behind the last row of the one before it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime


class InvalidCursor(ValueError):
    """The text is no cursor of ours."""


@dataclass(frozen=True)
class Cursor:
    """The last conversation of a page: the moment that the list is ordered by, and its id."""

    at: datetime
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what `str()` wrote; raise InvalidCursor for anything else."""
        at, _tilde, row_id = text.partition("~")
        try:
            cursor = cls(datetime.fromisoformat(at), uuid.UUID(row_id))
            # At either end of the calendar there is no such moment in the time zone of the database.
            cursor.at.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise InvalidCursor(text[:100]) from error
        if cursor.at.tzinfo is None:
            raise InvalidCursor(text[:100])
        return cursor
