"""From "more messages than before" to a poll: gathered, paced, and away from the thread that waits on connections."""

import logging
import threading
import time
import uuid
from collections.abc import Collection
from typing import Protocol

from django.db import Error as AnyDatabaseError
from django.db import close_old_connections, connections

log = logging.getLogger(__name__)

# Servers that call within this time go to the database together.
GATHER_SECONDS = 0.05
# A server whose poll is running is asked for again: the poll may have looked before the mail came.
_AGAIN_SECONDS = 0.3
# After a burst, one server is polled once in this time at most, whatever it says.
PACE_SECONDS = 5.0
BURST = 10


class Bells(Protocol):
    """Who polls. Called in one thread, outside of any scope."""

    def make_due(self, server_ids: Collection[uuid.UUID]) -> None:
        """Write down that these servers are due now, so that no lost bell loses the news."""

    def ring(self, server_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Ring for those that are due and free; return those that are still due because a poll is running."""


class _Pace:
    """How many notices a server may still give at once: a bucket that fills up again."""

    __slots__ = ("at", "left")

    def __init__(self, *, now: float) -> None:
        self.left = float(BURST)
        self.at = now

    def take(self, *, now: float) -> bool:
        self.left = min(self.left + (now - self.at) / PACE_SECONDS, BURST)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True

    def is_full(self, *, now: float) -> bool:
        return self.left + (now - self.at) / PACE_SECONDS >= BURST


class Notices:
    """Takes notices from any thread and rings from its own."""

    def __init__(self, bells: Bells) -> None:
        self._bells = bells
        self._changed = threading.Condition()
        self._fresh: set[uuid.UUID] = set()
        # Those who called too often to be polled at once.
        self._held_back: set[uuid.UUID] = set()
        self._paces: dict[uuid.UUID, _Pace] = {}
        self._is_stopping = False
        self._count = 0
        self._thread = threading.Thread(target=self._work, name="watch-notices", daemon=True)

    @property
    def count(self) -> int:
        """How many times a server was made due."""
        return self._count

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def add(self, server_id: uuid.UUID) -> None:
        """Have this server polled soon."""
        with self._changed:
            self._fresh.add(server_id)
            self._changed.notify()

    def stop(self, *, timeout: float) -> None:
        """Let the thread make due what it knows of, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        self._thread.join(timeout)

    def _work(self) -> None:
        try:
            self._ring_for_all()
        finally:
            connections.close_all()

    def _ring_for_all(self) -> None:
        unwritten: set[uuid.UUID] = set()
        busy: set[uuid.UUID] = set()
        while not self._is_stopping or self._fresh or self._held_back:
            unwritten |= self._take(wait=_AGAIN_SECONDS if busy or unwritten or self._held_back else None)
            try:
                if unwritten:
                    self._bells.make_due(unwritten)
                    self._count += len(unwritten)
                    busy, unwritten = busy | unwritten, set()
                if busy:
                    busy = self._bells.ring(busy)
            except AnyDatabaseError as error:
                # Nothing is forgotten: what was not written is tried again, and what was written is due.
                log.warning("The database did not take notices: %s", error)
            close_old_connections()
            # Who calls meanwhile is taken together with the others.
            time.sleep(GATHER_SECONDS)

    def _take(self, *, wait: float | None) -> set[uuid.UUID]:
        """Return who called and may be polled; wait for somebody, `wait` seconds at most."""
        with self._changed:
            if not self._fresh and not self._is_stopping:
                self._changed.wait(wait)
            now = time.monotonic()
            calling, self._fresh = self._fresh | self._held_back, set()
            taken = {server_id for server_id in calling if self._is_stopping or self._may_call(server_id, now=now)}
            self._held_back = calling - taken
            return taken

    def _may_call(self, server_id: uuid.UUID, *, now: float) -> bool:
        if len(self._paces) > 10_000:
            self._paces = {one: pace for one, pace in self._paces.items() if not pace.is_full(now=now)}
        return self._paces.setdefault(server_id, _Pace(now=now)).take(now=now)
