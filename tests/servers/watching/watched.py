"""What the tests of watching share: rows to watch, a watcher that runs, and bells that remember who rang."""

import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import unscoped
from servers.endpoints import Security
from servers.models import IncomingServer
from servers.watching.watcher import Tempo, Watcher
from tests.factories import make_incoming, make_mailbox
from tests.servers.scripted import Answer, Conversation

QUICK = Tempo(claim=0.2, renew=0.3)


class FakeBells:
    """Bells that remember how often each server was made due."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rung: list[uuid.UUID] = []

    def make_due(self, server_ids: Collection[uuid.UUID]) -> None:
        with self._changed:
            self._rung += server_ids
            self._changed.notify_all()

    def ring(self, _server_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        return set()

    def count(self, server: IncomingServer) -> int:
        with self._changed:
            return self._rung.count(server.pk)

    def wait_for(self, server: IncomingServer, *, count: int, seconds: float = 15) -> None:
        """Return when the server was rung for so often; raise TimeoutError when that does not happen."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._rung.count(server.pk) >= count, seconds):
                raise TimeoutError(f"It rang {self._rung.count(server.pk)} times instead of {count}.")


@contextmanager
def watching(bells: FakeBells, *, connections: int = 100, tempo: Tempo = QUICK) -> Iterator[Watcher]:
    """Run a watcher in a thread, as its command does in a process."""
    watcher = Watcher(bells, connections=connections, tempo=tempo)
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        yield watcher
    finally:
        watcher.stop()
        thread.join(20)
        assert not thread.is_alive()


def make_watchable(tenant: Tenant, port: int, *, host: str = "127.0.0.1", **fields: Any) -> IncomingServer:
    """Make an incoming server whose last poll worked."""
    fields = {"security": Security.NONE, "last_success_at": clock.now(), **fields}
    return make_incoming(make_mailbox(tenant), host=host, port=port, **fields)


def row_of(server: IncomingServer) -> IncomingServer:
    """Return the server as the database has it now."""
    with unscoped("a test looks"):
        found: IncomingServer = IncomingServer.objects.get(pk=server.pk)
    return found


def wait_until(is_so: Callable[[], bool], *, seconds: float = 15) -> None:
    """Return as soon as it is so; raise TimeoutError when it does not become so."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends_at:
            raise TimeoutError("It did not become so.")
        time.sleep(0.02)


class Idler:
    """A well-behaved answer to IDLE that says what the test tells it to, on every connection that idles."""

    def __init__(self) -> None:
        self.is_idling = threading.Event()
        self.has_left = threading.Event()
        self._conversations: list[Conversation] = []

    def __call__(self, conversation: Conversation, tag: str) -> None:
        conversation.say("+ idling")
        self._conversations.append(conversation)
        self.is_idling.set()
        while conversation.hear() != "DONE":
            pass
        self._conversations.remove(conversation)
        self.has_left.set()
        conversation.say(f"{tag} OK done")

    def say(self, line: str) -> None:
        """Say a line on every connection that idles."""
        for conversation in list(self._conversations):
            conversation.say(line)


def with_idle(idle: Answer, **more: Answer) -> dict[str, Answer]:
    """Return the answers of a scripted server that has IDLE."""
    return {"CAPABILITY": ["* CAPABILITY IMAP4rev1 IDLE", "{tag} OK done"], "IDLE": idle, **more}
