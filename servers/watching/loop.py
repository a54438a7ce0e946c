"""The selector that waits on all connections of the process. Nothing in it waits for a server or for the database."""

import os
import queue
import selectors
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from servers.watching.connection import ConnectionLost, IdleConnection

# How often all connections are asked whether something is due.
_LOOK_SECONDS = 2.0
# What a farewell may take: whoever stops us waits for it.
_FAREWELL_SECONDS = 1.5


@dataclass(frozen=True)
class Loss:
    """A connection that is over, and why."""

    server_id: uuid.UUID
    words: str
    lived_seconds: float


class IdleLoop:
    """`run` belongs to one thread; `hold`, `leave` and `stop` may be called from others, `stop` from a signal too."""

    def __init__(self, *, grown: Callable[[uuid.UUID], None], lost: Callable[[Loss], None]) -> None:
        """`grown` is called for a server whose folder has more messages than before; neither call may block."""
        self._grown = grown
        self._lost = lost
        self._selector = selectors.DefaultSelector()
        self._connections: dict[uuid.UUID, IdleConnection] = {}
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._is_stopping = False

    @property
    def connection_count(self) -> int:
        """How many connections are held now."""
        return len(self._connections)

    def hold(self, connection: IdleConnection) -> None:
        """Wait on this connection from now on."""
        self._order(lambda: self._hold(connection))

    def leave(self, server_ids: Iterable[uuid.UUID]) -> None:
        """Say goodbye to these servers and close; those that are not held do not matter."""
        leaving = list(server_ids)
        self._order(lambda: self._leave(leaving))

    def stop(self) -> None:
        """Let `run` say goodbye to all and return."""
        self._is_stopping = True
        self._wake()

    def run(self) -> None:
        """Wait on the connections until `stop`."""
        look_at = time.monotonic()
        while not self._is_stopping:
            self._turn(timeout=max(look_at - time.monotonic(), 0.0))
            now = time.monotonic()
            if now >= look_at:
                look_at = now + _LOOK_SECONDS
                for connection in list(self._connections.values()):
                    self._care_for(connection, now=now)
        self._say_goodbye()

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        self._wake()

    def _wake(self) -> None:
        try:
            os.write(self._waker, b"!")
        except BlockingIOError:
            return  # It is full of reasons to wake up.
        except BrokenPipeError:
            return  # `run` is over: the keeper was still at work when somebody stopped us.

    def _turn(self, *, timeout: float) -> None:
        for key, _events in self._selector.select(timeout):
            if key.data is None:
                os.read(self._woken, 4096)
            else:
                self._read(key.data)
        while True:
            try:
                order = self._orders.get_nowait()
            except queue.Empty:
                return
            order()

    def _hold(self, connection: IdleConnection) -> None:
        former = self._connections.get(connection.server_id)
        if former is not None:
            self._forget(former)
        self._connections[connection.server_id] = connection
        self._selector.register(connection, selectors.EVENT_READ, connection)
        # What was read before the selector knew of it, or decrypted already, would wake nobody.
        self._read(connection)

    def _leave(self, server_ids: list[uuid.UUID]) -> None:
        for server_id in server_ids:
            connection = self._connections.get(server_id)
            if connection is not None:
                connection.leave()
                self._forget(connection)

    def _read(self, connection: IdleConnection) -> None:
        now = time.monotonic()
        try:
            has_grown = connection.read(now=now)
        except ConnectionLost as error:
            self._lose(connection, str(error), now=now)
            return
        if has_grown:
            self._grown(connection.server_id)

    def _care_for(self, connection: IdleConnection, *, now: float) -> None:
        try:
            connection.keep_up(now=now)
        except ConnectionLost as error:
            self._lose(connection, str(error), now=now)

    def _lose(self, connection: IdleConnection, words: str, *, now: float) -> None:
        self._forget(connection)
        self._lost(Loss(connection.server_id, words, now - connection.since))

    def _forget(self, connection: IdleConnection) -> None:
        self._selector.unregister(connection)
        connection.close()
        del self._connections[connection.server_id]

    def _say_goodbye(self) -> None:
        """Say it to all at once, and give the servers a moment to close: a reset would overtake our LOGOUT."""
        for connection in list(self._connections.values()):
            connection.leave()
        ends_at = time.monotonic() + _FAREWELL_SECONDS
        while self._connections and (remaining := ends_at - time.monotonic()) > 0:
            for key, _events in self._selector.select(remaining):
                if key.data is None:
                    os.read(self._woken, 4096)
                else:
                    self._hear_last_words(key.data)
        for connection in list(self._connections.values()):
            self._forget(connection)
        self._selector.close()
        os.close(self._woken)

    def _hear_last_words(self, connection: IdleConnection) -> None:
        try:
            connection.read(now=time.monotonic())
        except ConnectionLost:
            self._forget(connection)
