"""What the dialogue hands to the storage."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Destination:
    """The mailbox behind a direct address."""

    tenant_id: int
    mailbox_id: UUID
    is_active: bool


@dataclass(frozen=True)
class Letter:
    """One message for one mailbox. `envelope_to` is the address as the client wrote it, with its detail."""

    destination: Destination
    envelope_from: str
    envelope_to: str
    raw: bytes
    received_at: datetime


class Outcome(Enum):
    """What became of a letter. Only STORED may be answered with 250: its row is committed, now or earlier."""

    STORED = "stored"
    # The mailbox was deleted since RCPT.
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True)
class Settled:
    """How storing a letter ended, and the name of its content when that is known."""

    outcome: Outcome
    digest: str = ""


class Store(Protocol):
    """Where letters go."""

    async def find(self, token: str) -> Destination | None:
        """Return the mailbox that has this token. Raises StoreFailure."""
        ...

    async def has_room_for(self, octets: int) -> bool:
        """Tell whether the disk takes so much more. Raises StoreFailure."""
        ...

    async def take_in(self, letter: Letter) -> Settled:
        """Store one letter, and return when its row is committed or never will be answered for."""
        ...


class StoreFailure(Exception):
    """The database or the disk does not answer: the client has to come back."""
