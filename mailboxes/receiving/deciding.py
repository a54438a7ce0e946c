"""Takes one message through the handlers in memory: what is received is then written, what is explained is not."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from mailboxes.describing import describe
from mailboxes.models import Message
from mailboxes.receiving.reading import ReadMail
from mailboxes.receiving.received import Next, Received
from mailboxes.receiving.window import Window


def decide(read: ReadMail, window: Window, *, now: datetime) -> Received:
    """Ask every handler of settings.PIPELINES["received"] in turn, until one says stop; nothing is written."""
    message = read.message
    attachments = describe(message, read.mail)
    received = Received(
        message=message,
        mail=read.mail,
        raw=read.raw,
        opened=read.opened,
        window=window,
        now=now,
        classification=read.classification,
        probe_tokens=read.probe_tokens,
        attachments=attachments,
    )
    # A handler may find that it is no mail of people.
    message.state = Message.State.RECEIVED
    message.attempt_count = 0
    message.failure = ""
    for handler in _handlers(tuple(settings.PIPELINES["received"])):
        if handler(received) is Next.STOP:
            break
    received.writes.create(received.attachments)
    return received


@cache
def _handlers(names: tuple[str, ...]) -> tuple[Callable[[Received], Next], ...]:
    return tuple(import_string(name) for name in names)
