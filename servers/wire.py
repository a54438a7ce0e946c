"""A connected socket with a deadline and a byte budget, for clients that know neither (SECURITY TC6).

A read timeout alone never ends a server that sends one byte every half second, and a literal of 10^11 octets is
allocated before it is read. A `Wire` offers the few methods of a socket that imaplib and poplib use.
"""

import io
import socket
import time
from dataclasses import dataclass
from typing import Protocol

from servers import tls

# A server that says nothing for so long is not going to.
_LONGEST_SILENCE = 30.0

# What a response costs us in memory beyond its octets: a flood of tiny lines is many small objects.
_LINE_OVERHEAD = 96

# A held connection is asked for a sign of life after so many seconds of silence, then twice more. NAT gateways forget
# a silent connection after five minutes or later (RFC 5382 asks for two hours), and then nobody tells us.
_KEEPALIVE_SECONDS = 240
_KEEPALIVE_INTERVAL_SECONDS = 30
_KEEPALIVE_COUNT = 3


class BudgetExceeded(Exception):
    """The server sent, or announced, more than we asked for."""


class Deadline:
    """A moment after which a session ends, whatever the server does."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left; raise TimeoutError when there are none."""
        remaining = self._ends_at - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("The server took too long.")
        return remaining

    def shorten_to(self, seconds: float) -> None:
        """Leave at most `seconds` from now."""
        self._ends_at = min(self._ends_at, time.monotonic() + seconds)


class _ByteSocket(Protocol):
    """What a plain socket and an SSLSocket have in common."""

    def recv_into(self, buffer: memoryview) -> int: ...
    def settimeout(self, value: float | None) -> None: ...


@dataclass(frozen=True)
class Detached:
    """A socket that does not block, and what was read from it and not used."""

    sock: socket.socket
    unread: bytes


class Wire:
    """One connection to a mail server. Not thread-safe; lives as long as one session."""

    def __init__(self, sock: socket.socket, host: str, *, deadline: Deadline, budget: int) -> None:
        """`budget` is how many octets the server may send until `allow` grants more."""
        self._sock = sock
        self._host = host
        self._deadline = deadline
        self._budget = budget
        self._raw = _GuardedRaw(sock, self)
        self._reader = io.BufferedReader(self._raw, buffer_size=64 * 1024)

    def allow(self, octets: int) -> None:
        """Grant the server this many octets more than before."""
        self._budget += octets

    def require(self, octets: int) -> None:
        """Refuse an announced size that the budget does not cover, before anything is allocated."""
        if octets > self._budget:
            raise BudgetExceeded("The server announced more data than was asked for.")

    def charge_line(self) -> None:
        """Count the overhead of one line of a response."""
        self.charge(_LINE_OVERHEAD)

    def charge(self, octets: int) -> None:
        """Count what arrived; raise BudgetExceeded when it is too much."""
        self._budget -= octets
        if self._budget < 0:
            raise BudgetExceeded("The server sent more data than was asked for.")

    def prepare(self, sock: _ByteSocket) -> None:
        """Give the next operation on the socket the time that is left."""
        sock.settimeout(min(self._deadline.remaining(), _LONGEST_SILENCE))

    def start_tls(self) -> "io.BufferedReader[_GuardedRaw]":
        """Encrypt the connection and return the new reader; what was read in plain text must not survive.

        Raises ssl.SSLError, or BudgetExceeded when the server sent more than its answer to STARTTLS (SECURITY B071).
        """
        if self._raw.unread_of(self._reader):
            raise BudgetExceeded("The server sent data between its answer to STARTTLS and the encryption.")
        self.prepare(self._sock)
        secured = tls.client_context().wrap_socket(self._sock, server_hostname=tls.server_name(self._host))
        self._sock = secured
        self._raw = _GuardedRaw(secured, self)
        self._reader = io.BufferedReader(self._raw, buffer_size=64 * 1024)
        return self._reader

    def shorten_to(self, seconds: float) -> None:
        """Leave at most `seconds` for the rest of the session, for example for a polite farewell."""
        self._deadline.shorten_to(seconds)

    def detach(self) -> Detached:
        """Hand the socket over to whoever waits on many of them; the wire, its deadline and its budget end here."""
        unread = self._raw.unread_of(self._reader)
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_SECONDS)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL_SECONDS)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_COUNT)
        return Detached(self._sock, unread)

    @property
    def sock(self) -> socket.socket:
        """The socket below: plain, or an SSLSocket after `start_tls`."""
        return self._sock

    # What imaplib and poplib call:

    def makefile(self, mode: str) -> "io.BufferedReader[_GuardedRaw]":
        """Return the reader; there is one only, in binary mode."""
        return self._reader

    def sendall(self, data: bytes) -> None:
        """Send all of `data` before the deadline."""
        self.prepare(self._sock)
        self._sock.sendall(data)

    def settimeout(self, value: float | None) -> None:
        """Ignore the client's wish: the deadline rules."""

    def shutdown(self, how: int) -> None:
        """Shut the socket down."""
        self._sock.shutdown(how)

    def close(self) -> None:
        """Close the socket at once."""
        self._sock.close()


class _GuardedRaw(io.RawIOBase):
    """The reading side: each read gets the time that is left and is counted against the budget."""

    def __init__(self, sock: _ByteSocket, wire: Wire) -> None:
        super().__init__()
        self._sock = sock
        self._wire = wire
        self._only_buffered = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        if self._only_buffered:
            return None
        self._wire.prepare(self._sock)
        count = self._sock.recv_into(buffer)
        self._wire.charge(count)
        return count

    def unread_of(self, reader: "io.BufferedReader[_GuardedRaw]") -> bytes:
        """Return the octets that `reader` holds and nobody has read yet, without waiting for more."""
        self._only_buffered = True
        try:
            return reader.peek(1)
        finally:
            self._only_buffered = False
