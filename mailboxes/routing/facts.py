"""What conditions look at: of a mail and of its conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from mailboxes.folding import folded

# Of each header field, and of the new text.
MAX_FIELD = 16 * 1024
MAX_TEXT = 64 * 1024


@dataclass(frozen=True)
class Facts:
    """A mail and its conversation, as rules see them. `topic` and `assignee` are ids as text, "" for none."""

    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    # What the sender wrote above what they quote.
    text: str
    headers: tuple[tuple[str, str], ...]
    kind: str
    has_attachments: bool
    # In octets.
    size: int
    received_at: datetime
    # Whether it opened its conversation.
    is_new: bool
    topic: str = ""
    priority: int = 0
    assignee: str = ""

    @cached_property
    def folded_sender(self) -> list[str]:
        """Address and name."""
        return [folded(self.sender), folded(self.sender_name[:MAX_FIELD])]

    @cached_property
    def folded_recipients(self) -> list[str]:
        return [folded(one) for one in self.recipients]

    @cached_property
    def folded_subject(self) -> str:
        return folded(self.subject[:MAX_FIELD])

    @cached_property
    def folded_text(self) -> str:
        return folded(self.text[:MAX_TEXT])

    def folded_header(self, name: str) -> list[str]:
        """Return the values of the fields with this name, in any case."""
        wanted = name.lower()
        return [folded(value[:MAX_FIELD]) for given, value in self.headers if given.lower() == wanted]
