"""Reads stored messages before any transaction is open: raw bytes, parsed mail, what stands in the way."""

import logging
from dataclasses import dataclass

from mailboxes.classifying import Classification
from mailboxes.classifying.table import classify
from mailboxes.models import Message
from mailboxes.parsing import Mail, Unreadable, parse
from mailboxes.probes import tokens_in
from mailhub.tenancy.blobs import BlobMissing

log = logging.getLogger(__name__)

# A message whose parsing kills the worker is tried alone, and set aside after this many tries (SECURITY B052).
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class ReadMail:
    """A message that could be read."""

    message: Message
    raw: bytes
    mail: Mail
    classification: Classification
    probe_tokens: frozenset[str]


@dataclass(frozen=True)
class NotRead:
    """A message that could not be read, and what it becomes."""

    message: Message
    state: Message.State
    failure: str


def read(message: Message) -> ReadMail | NotRead:
    """Parse the message; one that was tried too often is not tried again."""
    if message.attempt_count >= MOST_ATTEMPTS:
        failure = f"Reading it stopped the worker {message.attempt_count} times."
        return NotRead(message, Message.State.SET_ASIDE, failure)
    try:
        return read_raw(message, message.raw())
    except Unreadable as reason:
        return NotRead(message, Message.State.UNREADABLE, str(reason))
    except BlobMissing as error:
        log.exception("The raw bytes of message %s are missing.", message.pk)
        return NotRead(message, Message.State.SET_ASIDE, str(error))


def read_raw(message: Message, raw: bytes) -> ReadMail:
    """Parse `raw` as the content of `message`; raise Unreadable."""
    mail = parse(raw)
    return ReadMail(message, raw, mail, classify(raw, mail), tokens_in(raw))
