"""One connection that idles (RFC 2177). It never blocks, and it owns its read buffer.

A line may come in two TLS records, two lines in one; octets that TLS has decrypted already wake no selector; and the
end of the connection is an answer too.
"""

import contextlib
import enum
import re
import ssl
import uuid
from random import SystemRandom

from mailhub.lib.egress import Socket
from servers.failures import clean_words
from servers.imap import Idling
from servers.watching.lines import Allowance, Lines, TooMuch

# A server may end a connection that is silent for 30 minutes, so IDLE is given anew before 29 (RFC 2177 §3).
_LONGEST_IDLE_SECONDS = 28 * 60.0
# How long a server may take to answer DONE or the next IDLE.
_ANSWER_SECONDS = 30.0
# A TLS record holds no more.
_READ_OCTETS = 16 * 1024

_LOGOUT_TAG = b"W0"

_COUNT = re.compile(rb"\* (\d{1,10}) (EXISTS|EXPUNGE)\b", re.IGNORECASE)

_random = SystemRandom()


class ConnectionLost(Exception):
    """The connection is over, or worth no more; the message says why, in the server's words where it said something."""


class _State(enum.Enum):
    IDLING = enum.auto()
    # DONE was sent.
    ENDING = enum.auto()
    # IDLE was sent.
    STARTING = enum.auto()
    LEAVING = enum.auto()


class IdleConnection:
    """The client's side of IDLE. Belongs to one thread at a time; `now` is time.monotonic()."""

    __slots__ = (
        "_allowance", "_answer_until", "_command_count", "_known_count", "_lines", "_renew_at", "_sock", "_state",
        "_tag", "_unread", "server_id", "since",
    )  # fmt: skip

    def __init__(self, server_id: uuid.UUID, idling: Idling, *, now: float) -> None:
        self.server_id = server_id
        self.since = now
        self._sock: Socket = idling.sock
        self._unread = idling.unread
        self._tag = idling.tag
        self._state = _State.IDLING
        self._command_count = 0
        self._lines = Lines()
        self._allowance = Allowance(now=now)
        # Unknown: what happened between the opening of the folder and IDLE was said to somebody else.
        self._known_count: int | None = None
        self._renew_at = now + _time_to_renewal()
        self._answer_until = 0.0

    def fileno(self) -> int:
        """Return the number by which the selector knows the socket; -1 once it is closed."""
        return self._sock.fileno()

    def read(self, *, now: float) -> bool:
        """Read all that has arrived; return whether the folder has more messages than before.

        Raises ConnectionLost.
        """
        has_grown = False
        try:
            self._allowance.charge_waking(now=now)
            while octets := self._take_octets():
                self._allowance.charge(len(octets))
                for line in self._lines.feed(octets, now=now):
                    has_grown |= self._hear(line, now=now)
        except TooMuch as error:
            raise ConnectionLost(str(error)) from None
        return has_grown

    def keep_up(self, *, now: float) -> None:
        """Give IDLE anew when it is time. Raises ConnectionLost for a server that owes an answer for too long."""
        try:
            self._lines.check(now=now)
        except TooMuch as error:
            raise ConnectionLost(str(error)) from None
        if self._state == _State.IDLING:
            if now >= self._renew_at:
                self._ask(b"DONE", _State.ENDING, now=now)
        elif now > self._answer_until:
            raise ConnectionLost("The server did not answer in time.")

    def leave(self) -> None:
        """Say DONE and LOGOUT without waiting for an answer; a server that does not take them changes nothing."""
        if self._state == _State.LEAVING:
            return
        done = b"" if self._state == _State.ENDING else b"DONE\r\n"
        self._state = _State.LEAVING
        with contextlib.suppress(ConnectionLost):
            self._send(done + _LOGOUT_TAG + b" LOGOUT")

    def close(self) -> None:
        """Close the socket at once."""
        self._sock.close()

    def _take_octets(self) -> bytes | None:
        """Return what is there; None when nothing is."""
        if self._unread:
            octets, self._unread = self._unread, b""
            return octets
        try:
            octets = self._sock.recv(_READ_OCTETS)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError as error:
            raise ConnectionLost(clean_words(error.strerror or str(error))) from None
        if not octets:
            raise ConnectionLost("The server closed the connection.")
        return octets

    def _hear(self, line: bytes, *, now: float) -> bool:
        """Follow one line; return whether messages came.

        A literal is not followed: the worst that its octets can do is to look like news, which costs one poll.
        """
        if line.startswith(b"* "):
            return self._hear_untagged(line)
        if self._state == _State.LEAVING:
            if line.startswith(_LOGOUT_TAG + b" "):
                raise ConnectionLost("We have left.")
            return False
        if line.startswith(b"+"):
            if self._state == _State.STARTING:
                self._state = _State.IDLING
                self._renew_at = now + _time_to_renewal()
        elif line.startswith(self._tag + b" "):
            self._hear_completion(line[len(self._tag) + 1 :], now=now)
        return False

    def _hear_untagged(self, line: bytes) -> bool:
        counted = _COUNT.match(line)
        if counted is None:
            if line[2:5].upper() == b"BYE" and self._state != _State.LEAVING:
                raise ConnectionLost(clean_words(line[2:]))
            if line[2:10].upper() == b"VANISHED":
                # Expunged, and not one by one (RFC 7162 §3.2.10).
                self._known_count = None
            return False
        number, known = int(counted[1]), self._known_count
        if counted[2].upper() == b"EXPUNGE":
            self._known_count = known - 1 if known else known
            return False
        self._known_count = number
        return known is None or number > known

    def _hear_completion(self, status: bytes, *, now: float) -> None:
        if self._state != _State.ENDING or not status.upper().startswith(b"OK"):
            raise ConnectionLost(f"The server ended IDLE: {clean_words(status)}")
        self._command_count += 1
        self._tag = b"W%d" % self._command_count
        self._ask(self._tag + b" IDLE", _State.STARTING, now=now)

    def _ask(self, line: bytes, state: _State, *, now: float) -> None:
        self._send(line)
        self._state = state
        self._answer_until = now + _ANSWER_SECONDS

    def _send(self, line: bytes) -> None:
        octets = line + b"\r\n"
        try:
            sent = self._sock.send(octets)
        except OSError as error:
            raise ConnectionLost(clean_words(error.strerror or str(error))) from None
        # Nothing else is ever on its way, so a buffer without room for a line belongs to a dead connection.
        if sent < len(octets):
            raise ConnectionLost("The server takes nothing more.")


def _time_to_renewal() -> float:
    """Return seconds, spread so that connections that began together do not stay together."""
    return _LONGEST_IDLE_SECONDS * _random.uniform(0.8, 1.0)
