"""The storage behind the dialogue: a small pool of threads, because the database blocks."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier
from typing import TypeVar
from uuid import UUID

from django.db import Error as AnyDatabaseError
from django.db import close_old_connections, connections

from mailboxes.inbound import taking_in
from mailboxes.inbound.capacity import Disk
from mailboxes.inbound.letters import Destination, Letter, Outcome, Settled, StoreFailure

log = logging.getLogger(__name__)

# Each holds one connection to the database. More of them wait for each other, measured by benchmarks/inbound.py.
THREADS = 4
# Clients wait ten minutes for the reply to the dot (RFC 5321 §4.5.3.2.6), and a proxy between us maybe less.
_STORE_SECONDS = 240.0
_FIND_SECONDS = 60.0
_STOP_SECONDS = 5.0

_Result = TypeVar("_Result")


class ThreadedStore:
    """Finds mailboxes and stores letters in threads, then rings (`mailboxes.inbound.letters.Store`)."""

    def __init__(self, disk: Disk, *, ring: Callable[[int, UUID], None], threads: int = THREADS) -> None:
        """`ring` is called with tenant and mailbox after each commit, in a thread of its own."""
        self._disk = disk
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="inbound-store")
        self._bells = _Bells(ring)

    async def find(self, token: str) -> Destination | None:
        try:
            return await self._run(lambda: taking_in.find(token), seconds=_FIND_SECONDS)
        except (AnyDatabaseError, TimeoutError) as error:
            log.warning("The database did not say whose address it is: %s", error)
            raise StoreFailure from error

    async def has_room_for(self, octets: int) -> bool:
        try:
            if not self._disk.is_known:
                await self._run(self._disk.look, seconds=_FIND_SECONDS)
        except (OSError, TimeoutError) as error:
            log.warning("The storage does not answer: %s", error)
            raise StoreFailure from error
        return self._disk.has_room_for(octets)

    async def take_in(self, letter: Letter) -> Settled:
        try:
            settled = await self._run(lambda: taking_in.take_in(letter), seconds=_STORE_SECONDS)
        except Exception:
            # Whatever it is, the client keeps the message and comes back: nothing may end in a 250 here.
            log.exception("A message for mailbox %s was not stored.", letter.destination.mailbox_id)
            return Settled(Outcome.FAILED)
        if settled.outcome is Outcome.STORED:
            self._bells.ring(letter.destination.tenant_id, letter.destination.mailbox_id)
        return settled

    def stop(self) -> None:
        """Wait until what was begun is done, and close the connections to the database."""
        _close_connections(self._pool, self._threads)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._bells.stop()

    async def _run(self, work: Callable[[], _Result], *, seconds: float) -> _Result:
        """Run `work` in a thread. Who stops waiting leaves it to its end: then a retry finds the message stored."""
        running = asyncio.get_running_loop().run_in_executor(self._pool, _with_connection, work)
        return await asyncio.wait_for(asyncio.shield(running), seconds)


class _Bells:
    """Rings for mailboxes one after the other; while one waits for its turn, it is not rung for again."""

    def __init__(self, ring: Callable[[int, UUID], None]) -> None:
        self._ring = ring
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="inbound-bell")
        self._waiting: set[UUID] = set()

    def ring(self, tenant_id: int, mailbox_id: UUID) -> None:
        if mailbox_id in self._waiting:
            return
        self._waiting.add(mailbox_id)
        self._pool.submit(self._ring_now, tenant_id, mailbox_id).add_done_callback(_log_failure)

    def stop(self) -> None:
        # What is not rung for now, the sweep finds.
        _close_connections(self._pool, 1)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _ring_now(self, tenant_id: int, mailbox_id: UUID) -> None:
        self._waiting.discard(mailbox_id)
        _with_connection(lambda: self._ring(tenant_id, mailbox_id))


def _with_connection(work: Callable[[], _Result]) -> _Result:
    """Run `work` with a connection that is neither broken nor too old, and leave none of that kind behind."""
    close_old_connections()
    try:
        return work()
    except AnyDatabaseError:
        connections.close_all()
        raise
    finally:
        close_old_connections()


def _close_connections(pool: ThreadPoolExecutor, threads: int) -> None:
    """Close the connection of each thread: each waits for the others, so that none takes the work of two."""
    together = Barrier(threads)

    def close() -> None:
        connections.close_all()
        together.wait(_STOP_SECONDS)

    wait([pool.submit(close) for _ in range(threads)], _STOP_SECONDS)


def _log_failure(future: Future[None]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.error("A bell was not rung; the sweep finds the work.", exc_info=error)
