"""What travels the pipeline of received mail: one typed object for each message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from mailboxes.classifying.kinds import Classification
from mailboxes.models import Attachment, Conversation, Message, OutgoingMessage
from mailboxes.parsing import Mail
from mailboxes.receiving.window import Window, recipients_of, sender_of
from mailboxes.receiving.writes import Writes
from mailboxes.smime.opening import Opened
from servers.models import FolderRole


class Next(Enum):
    """What a handler says about the rest of the pipeline."""

    CONTINUE = "continue"
    STOP = "stop"


@dataclass
class Received:
    """One received message on its way through the handlers.

    Handlers change the message in memory and put everything else into `writes`; they write nothing themselves.
    """

    message: Message
    mail: Mail
    # What `mail` was read from: of an encrypted mail, what is inside.
    raw: bytes
    opened: Opened
    window: Window
    now: datetime
    # What the rules say that it is.
    classification: Classification
    # Tokens of reply checks that stand anywhere in it.
    probe_tokens: frozenset[str] = frozenset()
    # Rows that `describe` made; `restrict_attachments` may mark them.
    attachments: list[Attachment] = field(default_factory=list)
    # Set by `match`.
    answers: OutgoingMessage | None = None
    joins: Conversation | None = None
    related_to: Conversation | None = None
    # Set by `file_in_conversation`.
    conversation: Conversation | None = None
    opened_conversation: bool = False
    # What is written once all handlers have had their say.
    writes: Writes = field(default_factory=Writes)

    @property
    def is_written_by_us(self) -> bool:
        """Whether it stands in Sent: a person of this mailbox wrote it with another program (SPEC M28)."""
        return self.message.folder_role == FolderRole.SENT

    @property
    def recipients(self) -> frozenset[str]:
        """The addresses that it names as recipients, normalised."""
        return recipients_of(self.mail)

    @property
    def sender(self) -> str:
        """The address that the mail says it is from, normalised; empty unless there is exactly one (SECURITY TC8)."""
        return sender_of(self.mail)

    def note(self, step: str, text: str) -> None:
        """Add to the trace of the message what a step did."""
        self.message.trace.append({"step": step, "did": text})
