"""Reads stored messages before any transaction is open: raw bytes, parsed mail, what stands in the way."""

import logging
import traceback
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError

from mailboxes.classifying import Classification
from mailboxes.classifying.table import classify
from mailboxes.models import Message
from mailboxes.openers import Opener
from mailboxes.parsing import Mail, Unreadable, parse
from mailboxes.probes import tokens_in
from mailboxes.smime.opening import Opened
from mailhub.tenancy.blobs import BlobMissing

log = logging.getLogger(__name__)

# A message whose parsing kills the worker is tried alone, and set aside after this many tries (SECURITY B052).
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class ReadMail:
    """A message that could be read. `raw` is what `mail` was read from: of an encrypted mail, what is inside."""

    message: Message
    raw: bytes
    mail: Mail
    opened: Opened
    classification: Classification
    probe_tokens: frozenset[str]


@dataclass(frozen=True)
class NotRead:
    """A message that could not be read, and what it becomes."""

    message: Message
    state: Message.State
    failure: str


def read(message: Message, opener: Opener) -> ReadMail | NotRead:
    """Parse the message; one that was tried too often is not tried again."""
    if message.attempt_count >= MOST_ATTEMPTS:
        failure = f"Reading it stopped the worker {message.attempt_count} times."
        return NotRead(message, Message.State.SET_ASIDE, failure)
    try:
        return read_raw(message, message.raw(), opener)
    except Unreadable as reason:
        return NotRead(message, Message.State.UNREADABLE, str(reason))
    except BlobMissing as error:
        log.exception("The raw bytes of message %s are missing.", message.pk)
        return NotRead(message, Message.State.SET_ASIDE, str(error))
    except (OperationalError, InterfaceError):
        # The database is in trouble, not the message.
        raise
    except Exception:
        # A fault of ours in reading it: it would be the same with the next try, and the others need not wait.
        log.exception("Message %s could not be read: it is set aside.", message.pk)
        return NotRead(message, Message.State.SET_ASIDE, traceback.format_exc())


def read_raw(message: Message, raw: bytes, opener: Opener) -> ReadMail:
    """Parse `raw` as the content of `message`, and open it where it is S/MIME; raise Unreadable."""
    opened = opener.open(raw, parse(raw), at=message.received_at)
    inside, mail = opened.entity, opened.mail
    tokens = tokens_in(raw) if inside is raw else tokens_in(raw) | tokens_in(inside)
    return ReadMail(message, inside, mail, opened, classify(inside, mail), tokens)
