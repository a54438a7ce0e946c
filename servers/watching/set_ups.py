"""Opens connections in a few threads, and keeps one host from having all of them."""

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error as AnyDatabaseError

from mailhub import clock
from servers.failures import FailureKind, ServerFailure
from servers.models import IncomingServer
from servers.watching.connection import IdleConnection
from servers.watching.opening import NotOffered, open_idle

log = logging.getLogger(__name__)

THREADS = 32
# A host that does not answer holds so many threads, for the quarter of a minute that a connection may take.
MOST_PER_HOST = 8


@dataclass(frozen=True)
class SetUp:
    """How an attempt ended: with a connection, with a server that has no IDLE, or with a failure."""

    server: IncomingServer
    connection: IdleConnection | None = None
    offers_idle: bool = True
    # The same attempt will be refused again until somebody changes something.
    is_refused: bool = False
    words: str = ""


class SetUps:
    """A bounded pool of daemon threads: one that waits for a far server does not keep the process from ending."""

    def __init__(self, report: Callable[[SetUp], None], *, threads: int = THREADS) -> None:
        """`report` is called in the threads of the pool."""
        self._report = report
        self._thread_count = threads
        self._changed = threading.Condition()
        # By host, the one whose turn is next in front.
        self._waiting: OrderedDict[str, deque[IncomingServer]] = OrderedDict()
        self._active: Counter[str] = Counter()
        self._pending_count = 0
        self._is_stopping = False

    @property
    def pending_count(self) -> int:
        """How many have no outcome yet."""
        return self._pending_count

    def start(self) -> None:
        """Start the threads."""
        for number in range(self._thread_count):
            threading.Thread(target=self._work, name=f"watch-set-up-{number}", daemon=True).start()

    def submit(self, server: IncomingServer) -> None:
        """Open a connection to `server` when a thread is free."""
        with self._changed:
            self._waiting.setdefault(server.host.lower(), deque()).append(server)
            self._pending_count += 1
            self._changed.notify()

    def stop(self) -> None:
        """Begin nothing more. What is under way ends with the process."""
        with self._changed:
            self._is_stopping = True
            self._waiting.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        while (server := self._next()) is not None:
            outcome = _attempt(server)
            with self._changed:
                self._active[server.host.lower()] -= 1
                self._pending_count -= 1
                self._changed.notify()
            self._report(outcome)

    def _next(self) -> IncomingServer | None:
        """Wait for work; None when there will be no more."""
        with self._changed:
            while not self._is_stopping:
                server = self._take()
                if server is not None:
                    return server
                self._changed.wait()
        return None

    def _take(self) -> IncomingServer | None:
        host = next((host for host in self._waiting if self._active[host] < MOST_PER_HOST), None)
        if host is None:
            return None
        queue = self._waiting[host]
        server = queue.popleft()
        if queue:
            self._waiting.move_to_end(host)
        else:
            del self._waiting[host]
        self._active[host] += 1
        return server


def _attempt(server: IncomingServer) -> SetUp:
    try:
        return SetUp(server, connection=open_idle(server, now=clock.now()))
    except NotOffered:
        return SetUp(server, offers_idle=False)
    except ServerFailure as failure:
        return SetUp(server, is_refused=failure.kind != FailureKind.TRANSIENT, words=str(failure))
    except AnyDatabaseError as error:
        return SetUp(server, words=str(error))
    except Exception:
        # An error of our own: it is in the log, and this server waits as after any failure.
        log.exception("The watch of %s could not be set up.", server.pk)
        return SetUp(server, is_refused=True)
