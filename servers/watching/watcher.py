"""The watching process: claims servers, has connections opened, waits on them, and gives the servers back.

Three threads share the work. The loop waits on all connections, the keeper (here) writes to the database, and notices
ring for polls. Connections are opened in a pool beside them.
"""

import logging
import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error as AnyDatabaseError
from django.db import connections

from mailhub.tenancy.scope import unscoped
from servers.models import IncomingServer
from servers.watching import backoff
from servers.watching.leases import RENEW_SECONDS, Leases, Setback, print_of
from servers.watching.limits import excess
from servers.watching.loop import IdleLoop, Loss
from servers.watching.notices import Bells, Notices
from servers.watching.set_ups import SetUp, SetUps

log = logging.getLogger(__name__)

# While there is more to claim than one claim takes.
_CLAIM_AGAIN_SECONDS = 0.5
# More is not claimed ahead: another process may have a thread free for it.
_MOST_PENDING = 500
# Reports that come within this time are written together.
_GATHER_SECONDS = 0.05
_STOP_SECONDS = 5.0
# Servers whose notice comes too late are polled as usual.
_LAST_NOTICES_SECONDS = 2.0
_DATABASE_PAUSE_SECONDS = 1.0
# What is not given back by then lapses.
_END_TRIES = 3
_REFUSED_PAUSE = timedelta(minutes=10)


@dataclass(frozen=True)
class Tempo:
    """How often the keeper does what, in seconds."""

    claim: float = 5.0
    renew: float = RENEW_SECONDS
    log: float = 60.0


@dataclass(slots=True)
class _Held:
    """A server under our lease."""

    host: str
    print_of_settings: bytes
    failure_count: int
    # Until it is connected.
    pending: IncomingServer | None


class Watcher:
    """One watching process. `run` blocks until `stop`, which a signal handler may call."""

    def __init__(self, bells: Bells, *, connections: int, tempo: Tempo | None = None) -> None:
        """`connections` is the most that it holds."""
        self._tempo = tempo or Tempo()
        self._leases = Leases(token=uuid.uuid4(), connections=connections)
        self._reports: queue.SimpleQueue[SetUp | Loss | None] = queue.SimpleQueue()
        self._notices = Notices(bells)
        self._loop = IdleLoop(grown=self._notices.add, lost=self._reports.put)
        self._set_ups = SetUps(self._reports.put)
        self._keeper = threading.Thread(target=self._keep, name="watch-keeper", daemon=True)
        self._held: dict[uuid.UUID, _Held] = {}
        # What the database does not know yet.
        self._opened: list[uuid.UUID] = []
        self._without_idle: list[uuid.UUID] = []
        self._setbacks: list[Setback] = []
        self._loss_count = 0
        self._is_stopping = False
        self._error: Exception | None = None

    @property
    def connection_count(self) -> int:
        """How many connections are held now."""
        return self._loop.connection_count

    def run(self) -> None:
        """Watch until `stop`; then say goodbye and give all leases back. Raises what ended the keeper, if it failed."""
        self._notices.start()
        self._set_ups.start()
        self._keeper.start()
        self._loop.run()
        self._keeper.join(_STOP_SECONDS)
        self._notices.stop(timeout=_LAST_NOTICES_SECONDS)
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """End `run` within a few seconds."""
        self._is_stopping = True
        self._reports.put(None)
        self._loop.stop()

    # The keeper

    def _keep(self) -> None:
        try:
            with unscoped("the watcher holds servers of every tenant"):
                self._keep_leases()
        except Exception as error:
            # The process ends with the keeper; its leases pass to others.
            log.exception("The watcher cannot go on.")
            self._error = error
            self._loop.stop()
        finally:
            connections.close_all()

    def _keep_leases(self) -> None:
        claim_at = renew_at = time.monotonic()
        log_at = claim_at + self._tempo.log
        while not self._is_stopping:
            self._gather_reports(until=min(claim_at, renew_at, log_at))
            now = time.monotonic()
            try:
                self._write_reports()
                if now >= renew_at:
                    self._renew()
                    renew_at = now + self._tempo.renew
                if now >= claim_at:
                    claim_at = now + (_CLAIM_AGAIN_SECONDS if self._claim() else self._tempo.claim)
            except AnyDatabaseError as error:
                # What could not be written stays on its list; connections stay, and so do leases that nobody takes.
                log.warning("The database did not answer the watcher: %s", error)
                connections.close_all()
                time.sleep(_DATABASE_PAUSE_SECONDS)
            if now >= log_at:
                self._log_counts()
                log_at = now + self._tempo.log
        self._set_ups.stop()
        self._end_leases()

    def _end_leases(self) -> None:
        for _ in range(_END_TRIES):
            try:
                self._leases.end()
            except AnyDatabaseError as error:
                log.warning("The database did not take the leases back: %s", error)
                connections.close_all()
                time.sleep(_DATABASE_PAUSE_SECONDS)
            else:
                return

    def _gather_reports(self, *, until: float) -> None:
        """Wait for a report, and take those that come right after it."""
        while not self._is_stopping and (remaining := until - time.monotonic()) > 0:
            try:
                report = self._reports.get(timeout=remaining)
            except queue.Empty:
                return
            self._take_report(report)
            until = min(until, time.monotonic() + _GATHER_SECONDS)

    def _take_report(self, report: SetUp | Loss | None) -> None:
        if isinstance(report, SetUp):
            self._take_set_up(report)
        elif isinstance(report, Loss):
            self._loss_count += 1
            held = self._held.pop(report.server_id, None)
            log.info("The watch of %s ended: %s", report.server_id, report.words)
            if held is not None:
                failure_count = backoff.failures_after(held.failure_count, lived_seconds=report.lived_seconds)
                self._set_back(report.server_id, failure_count, backoff.pause_after(failure_count))

    def _take_set_up(self, set_up: SetUp) -> None:
        server, connection = set_up.server, set_up.connection
        held = self._held.get(server.pk)
        if held is None or held.pending is not server:
            # It was given back while it was being opened, and may belong to somebody else by now.
            if connection is not None:
                connection.leave()
                connection.close()
            return
        held.pending = None
        if connection is not None:
            self._loop.hold(connection)
            self._opened.append(server.pk)
            return
        del self._held[server.pk]
        if not set_up.offers_idle:
            self._without_idle.append(server.pk)
            return
        log.info("The watch of %s could not be set up: %s", server.pk, set_up.words)
        failure_count = held.failure_count + 1
        pause = _REFUSED_PAUSE if set_up.is_refused else backoff.pause_after(failure_count)
        self._set_back(server.pk, failure_count, pause)

    def _set_back(self, server_id: uuid.UUID, failure_count: int, pause: timedelta) -> None:
        self._setbacks.append(Setback(server_id, failure_count, pause))

    def _write_reports(self) -> None:
        if self._opened:
            self._leases.begin_watch(self._opened)
            for server_id in self._opened:
                # What came before IDLE was said to nobody.
                self._notices.add(server_id)
            self._opened = []
        if self._without_idle:
            self._leases.give_up(self._without_idle)
            self._without_idle = []
        if self._setbacks:
            self._leases.set_back(self._setbacks)
            self._setbacks = []

    def _renew(self) -> None:
        """Renew the leases, and drop what was switched off, changed, or lost to another process."""
        ours = self._leases.renew()
        # Leased and not held: the database failed between the two.
        self._leases.give_back([pk for pk in ours if pk not in self._held])
        gone = [pk for pk, held in self._held.items() if ours.get(pk) != held.print_of_settings]
        if gone:
            log.info("%d servers are not ours any more, or have other settings.", len(gone))
            self._let_go(gone)

    def _claim(self) -> bool:
        """Bring the number of servers to our share; return whether there is likely more to claim at once."""
        self._leases.announce()
        share = self._leases.share()
        surplus = excess(len(self._held), share=share)
        if surplus:
            self._let_go(list(self._held)[-surplus:])
        wanted = min(share - len(self._held), _MOST_PENDING - self._set_ups.pending_count)
        claimed = self._leases.claim(wanted)
        for server in claimed:
            self._held[server.pk] = _Held(
                server.host.lower(), print_of(server), server.watch_failure_count, pending=server
            )
            self._set_ups.submit(server)
        return 0 < wanted == len(claimed)

    def _let_go(self, server_ids: Collection[uuid.UUID]) -> None:
        for server_id in server_ids:
            del self._held[server_id]
        self._loop.leave(server_ids)
        self._leases.give_back(server_ids)

    def _log_counts(self) -> None:
        hosts = Counter(held.host for held in self._held.values())
        log.info(
            "Watching %d of %d servers.",
            self.connection_count,
            len(self._held),
            extra={
                "connections": self.connection_count,
                "pending": self._set_ups.pending_count,
                "top_hosts": dict(hosts.most_common(5)),
                "notices": self._notices.count,
                "losses": self._loss_count,
            },
        )
