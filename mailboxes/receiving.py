"""Takes stored messages through the pipeline of received mail."""

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from mailboxes.describing import describe
from mailboxes.models import Attachment, Mailbox, Message, Participant
from mailboxes.parsing import Mail, Unreadable, parse
from mailboxes.pipelines import received_handlers
from mailboxes.probes import tokens_in
from mailboxes.received import Next, Received, Window
from mailhub.lib.failpoints import failpoint
from mailhub.tenancy.blobs import BlobMissing
from servers.models import FolderRole

log = logging.getLogger(__name__)

BATCH = 50
BATCH_BYTES = 16 * 1024 * 1024
# A message whose parsing kills the worker is tried alone, and set aside after this many tries (SECURITY B052).
MOST_ATTEMPTS = 3
RUN_SECONDS = 60.0


def receive_waiting(mailbox_id: uuid.UUID, *, now: Callable[[], datetime]) -> bool:
    """Take the waiting messages of one mailbox through the pipeline; True when some still wait.

    One worker at a time does a mailbox, so that two messages of one thread cannot open two conversations.
    """
    mailbox = Mailbox.objects.filter(pk=mailbox_id).first()
    token = uuid.uuid4()
    if mailbox is None or not mailbox.claim_receiving(token):
        return False
    began = time.monotonic()
    try:
        while messages := _next_batch(mailbox):
            if not _receive_batch(mailbox, token, messages, now=now()):
                return False
            if time.monotonic() - began > RUN_SECONDS:
                break
    finally:
        mailbox.release_receiving(token)
    # A bell that rang while we held the mailbox went unheard: look once more.
    return Message.objects.filter(mailbox=mailbox).waiting().exists()


@dataclass
class _Read:
    """A message and what reading its raw bytes gave."""

    message: Message
    mail: Mail | None
    state: Message.State = Message.State.RECEIVED
    failure: str = ""
    probe_tokens: frozenset[str] = frozenset()
    attachments: list[Attachment] = field(default_factory=list)


def _next_batch(mailbox: Mailbox) -> list[Message]:
    waiting = list(Message.objects.filter(mailbox=mailbox).waiting()[:BATCH])
    if waiting and any(message.attempt_count for message in waiting):
        # Someone died over one of these: alone, the guilty one is found and the others pass.
        return waiting[:1]
    octets = 0
    batch: list[Message] = []
    for message in waiting:
        octets += message.size
        if batch and octets > BATCH_BYTES:
            break
        batch.append(message)
    return batch


def _receive_batch(mailbox: Mailbox, token: uuid.UUID, messages: Sequence[Message], *, now: datetime) -> bool:
    """Parse without a transaction, then take all through the handlers in one. False when the lease was lost."""
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(attempt_count=F("attempt_count") + 1)
    failpoint("receive.before_parse")
    batch = [_read(message) for message in messages]
    failpoint("receive.parsed")
    with transaction.atomic():
        if not mailbox.claim_receiving(token):
            return False
        tokens = frozenset[str]().union(*(one.probe_tokens for one in batch))
        mails = [one.mail for one in batch if one.mail is not None]
        ours = [one.mail for one in batch if one.mail is not None and one.message.folder_role == FolderRole.SENT]
        window = Window.load(mailbox, mails, written_by_us=ours, probe_tokens=tokens)
        participants: list[Participant] = []
        attachments: list[Attachment] = []
        for one in batch:
            received = _receive(one, window, now=now)
            if received is not None:
                participants += received.new_participants
                attachments += one.attachments
            elif one.mail is not None:
                # The window remembers of the message that failed what was rolled back: the others go on without it.
                break
        Participant.objects.bulk_create(participants, ignore_conflicts=True)
        Attachment.objects.bulk_create(attachments)
        _note_first_mail(mailbox, messages, now=now)
        failpoint("receive.before_commit")
    return True


def _read(message: Message) -> _Read:
    if message.attempt_count >= MOST_ATTEMPTS:
        failure = f"Reading it stopped the worker {message.attempt_count} times."
        return _Read(message, None, Message.State.SET_ASIDE, failure)
    try:
        raw = message.raw()
        return _Read(message, parse(raw), probe_tokens=tokens_in(raw))
    except Unreadable as reason:
        return _Read(message, None, Message.State.UNREADABLE, str(reason))
    except BlobMissing as error:
        log.exception("The raw bytes of message %s are missing.", message.pk)
        return _Read(message, None, Message.State.SET_ASIDE, str(error))


def _receive(one: _Read, window: Window, *, now: datetime) -> Received | None:
    """Take one message through the handlers within a savepoint; None when it was put aside."""
    message = one.message
    if one.mail is None:
        _put_aside(message, one.state, one.failure)
        return None
    try:
        with transaction.atomic():
            one.attachments = describe(message, one.mail)
            received = Received(message=message, mail=one.mail, window=window, now=now, probe_tokens=one.probe_tokens)
            # A handler may find that it is no mail of people.
            message.state = Message.State.RECEIVED
            _run(received)
            message.attempt_count = 0
            message.save(force_update=True)
    except (OperationalError, InterfaceError):
        # The database is in trouble, not the message: the sweep brings it back.
        raise
    except Exception:
        log.exception("A handler failed on message %s: it is set aside.", message.pk)
        _put_aside(message, Message.State.SET_ASIDE, traceback.format_exc())
        return None
    return received


def _run(received: Received) -> None:
    for handler in received_handlers():
        if handler(received) is Next.STOP:
            return


def _put_aside(message: Message, state: Message.State, failure: str) -> None:
    """Keep the message visible, downloadable and replayable; nothing else waits for it."""
    Message.objects.filter(pk=message.pk).update(state=state, failure=failure, attempt_count=0)


def _note_first_mail(mailbox: Mailbox, messages: Sequence[Message], *, now: datetime) -> None:
    """From the first mail on the kind of the mailbox is fixed (SPEC M2); a reply check is no mail of people."""
    if any(message.state not in Message.HIDDEN for message in messages):
        Mailbox.objects.filter(pk=mailbox.pk, first_mail_at=None).update(first_mail_at=now)


def replay(message: Message) -> None:
    """Put a message that was set aside in front of the pipeline again."""
    Message.objects.filter(pk=message.pk, state__in=[Message.State.SET_ASIDE, Message.State.UNREADABLE]).update(
        state=Message.State.STORED, failure="", attempt_count=0
    )
