"""What is indexed of one message, sent message or note: its entry, and its words by the place where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailboxes.models import SearchEntry
from mailboxes.searching.words import Words


@dataclass(frozen=True)
class Indexed:
    """An entry and its words; `subject`, `sender` and `recipients` are found by their name, and all of it anywhere."""

    entry: SearchEntry
    subject: Words = field(default_factory=Words)
    sender: Words = field(default_factory=Words)
    recipients: Words = field(default_factory=Words)
    body: Words = field(default_factory=Words)
