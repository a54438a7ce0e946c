"""Steps of a pipeline that go wrong, named by tests in settings.PIPELINES."""

import os
import signal

from mailboxes.receiving.received import Next, Received

POISON = "Poison"


class HandlerBroken(Exception):
    """What a fault in a handler looks like."""


def kill_the_worker(received: Received) -> Next:
    """Die over the poisoned message as parsers die of memory, and pass all others."""
    if received.mail.subject == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    return Next.CONTINUE


def fail(received: Received) -> Next:
    """Raise over the poisoned message and pass all others."""
    if received.mail.subject == POISON:
        raise HandlerBroken("This handler cannot take it.")
    return Next.CONTINUE
