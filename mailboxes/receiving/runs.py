"""One run of a worker over the waiting messages of a mailbox."""

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from mailboxes.models import Mailbox, Message
from mailboxes.openers import Opener
from mailboxes.receiving.deciding import decide
from mailboxes.receiving.reading import NotRead, ReadMail, read
from mailboxes.receiving.window import Window
from mailboxes.receiving.writes import Stale, Writes
from mailhub.lib.failpoints import failpoint

log = logging.getLogger(__name__)

BATCH = 50
BATCH_BYTES = 16 * 1024 * 1024
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


def replay(message: Message) -> None:
    """Put a message that was set aside in front of the pipeline again."""
    Message.objects.filter(pk=message.pk, state__in=[Message.State.SET_ASIDE, Message.State.UNREADABLE]).update(
        state=Message.State.STORED, failure="", attempt_count=0
    )


@dataclass
class _Decided:
    """What the handlers made of a window, as far as they came."""

    writes: Writes = field(default_factory=Writes)
    messages: list[Message] = field(default_factory=list)
    put_aside: list[NotRead] = field(default_factory=list)
    # Nobody has looked at these: they are the next window.
    left: list[Message] = field(default_factory=list)


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
    """Read, decide, and write in one transaction. False when the lease was lost."""
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(attempt_count=F("attempt_count") + 1)
    failpoint("receive.before_parse")
    opener = Opener(mailbox)
    read_mails = [read(message, opener) for message in messages]
    failpoint("receive.parsed")
    decided = _decide(mailbox, read_mails, now=now)
    try:
        decided.writes.make_ready()
        return _write(mailbox, token, decided, now=now)
    except Stale:
        # The same messages still wait, and now they see the conversation that it was merged into.
        _forget_attempts(messages)
        return True
    except (OperationalError, InterfaceError):
        # The database is in trouble, not the message: the sweep brings it back.
        raise
    except Exception:
        if len(messages) == 1:
            log.exception("Message %s could not be written: it is set aside.", messages[0].pk)
            failure = NotRead(messages[0], Message.State.SET_ASIDE, traceback.format_exc())
            return _write(mailbox, token, _Decided(put_aside=[failure]), now=now)
        log.exception("A window could not be written: its messages are tried one by one.")
    _forget_attempts(messages)
    return all(_receive_batch(mailbox, token, [message], now=now) for message in messages)


def _decide(mailbox: Mailbox, read_mails: Sequence[ReadMail | NotRead], *, now: datetime) -> _Decided:
    """Take the messages through the handlers; nothing is written."""
    decided = _Decided(put_aside=[one for one in read_mails if isinstance(one, NotRead)])
    readable = [one for one in read_mails if isinstance(one, ReadMail)]
    window = Window.load(mailbox, readable)
    for position, one in enumerate(readable):
        try:
            received = decide(one, window, now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("A handler failed on message %s: it is set aside.", one.message.pk)
            decided.put_aside.append(NotRead(one.message, Message.State.SET_ASIDE, traceback.format_exc()))
            # The window remembers of this message what will not be written: the others go on without it.
            decided.left = [other.message for other in readable[position + 1 :]]
            break
        decided.writes.take_in(received.writes)
        decided.messages.append(received.message)
    return decided


def _write(mailbox: Mailbox, token: uuid.UUID, decided: _Decided, *, now: datetime) -> bool:
    """Write what was decided, if the mailbox is still ours; False when it is not."""
    with transaction.atomic():
        if not mailbox.claim_receiving(token):
            return False
        decided.writes.write(decided.messages)
        for one in decided.put_aside:
            # Visible, downloadable and replayable; nothing else waits for it.
            Message.objects.filter(pk=one.message.pk).update(state=one.state, failure=one.failure, attempt_count=0)
        if decided.left:
            _forget_attempts(decided.left)
        _note_first_mail(mailbox, decided.messages, now=now)
        failpoint("receive.before_commit")
    return True


def _forget_attempts(messages: Sequence[Message]) -> None:
    """Nobody died over these."""
    Message.objects.filter(pk__in=[message.pk for message in messages]).update(attempt_count=F("attempt_count") - 1)


def _note_first_mail(mailbox: Mailbox, messages: Sequence[Message], *, now: datetime) -> None:
    """From the first mail on the kind of the mailbox is fixed (SPEC M2); a reply check is no mail of people."""
    if mailbox.first_mail_at is None and any(message.state not in Message.HIDDEN for message in messages):
        Mailbox.objects.filter(pk=mailbox.pk, first_mail_at=None).update(first_mail_at=now)
        mailbox.first_mail_at = now
