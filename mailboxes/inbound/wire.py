"""A connection: lines and octets in, replies out, each within its time."""

import asyncio
import ssl

from mailboxes.inbound.replies import Reply

# RFC 5321 §4.5.3.1.4 asks for 512, and extensions add to it (SMTPUTF8, long paths).
MAX_LINE_OCTETS = 2048
_CHUNK = 64 * 1024
_CRLF = b"\r\n"
_SEND_SECONDS = 60.0
_HANDSHAKE_SECONDS = 30.0
_CLOSE_SECONDS = 5.0


class Disconnected(Exception):
    """The client went away."""


class LineTooLong(Exception):
    """The client sent a longer command line than any that has a meaning; it was read to its end."""


class BareLineFeed(Exception):
    """A command line ended with LF alone: whoever sends that may mean to smuggle (SECURITY TC4)."""


class Wire:
    """One connection. What was received and not read yet is kept here, and nowhere else."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._received = bytearray()
        # A writer that is collected closes its transport, also under a TLS layer that was put on top.
        self._plain_writer: asyncio.StreamWriter | None = None

    @property
    def is_tls(self) -> bool:
        return self._plain_writer is not None

    async def read_line(self, *, seconds: float) -> bytes:
        """Return the next command line without its CRLF.

        Raises Disconnected, TimeoutError when the whole line did not come in time, LineTooLong, BareLineFeed.
        """
        is_too_long = False
        async with asyncio.timeout(seconds):
            while (end := self._received.find(_CRLF)) < 0:
                if len(self._received) > MAX_LINE_OCTETS:
                    is_too_long = True
                    del self._received[:-1]
                elif b"\n" in self._received:
                    raise BareLineFeed
                self._received += await self._read()
        line = bytes(self._received[:end])
        del self._received[: end + len(_CRLF)]
        if is_too_long or end > MAX_LINE_OCTETS:
            raise LineTooLong
        if b"\n" in line:
            raise BareLineFeed
        return line

    async def read_octets(self, *, seconds: float) -> bytes:
        """Return what has been received, at least one octet. Raises Disconnected, TimeoutError."""
        if not self._received:
            async with asyncio.timeout(seconds):
                return await self._read()
        octets = bytes(self._received)
        self._received.clear()
        return octets

    def put_back(self, octets: bytes | bytearray) -> None:
        """Let what was read too much be read again."""
        self._received[:0] = octets

    async def send(self, *lines: Reply | bytes) -> None:
        """Send replies in one go. Raises Disconnected, TimeoutError when the client takes nothing."""
        self._writer.write(b"".join(line.octets if isinstance(line, Reply) else line for line in lines))
        try:
            async with asyncio.timeout(_SEND_SECONDS):
                await self._writer.drain()
        except ConnectionError as error:
            raise Disconnected from error

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on under TLS, with nothing of what came before it. Raises Disconnected when the handshake fails."""
        loop = asyncio.get_running_loop()
        # What was sent in plain text after the command is dropped with its buffers (RFC 3207 §4.2).
        self._received.clear()
        reader = asyncio.StreamReader(limit=_CHUNK, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport = await loop.start_tls(
                self._writer.transport,
                protocol,
                context,
                server_side=True,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            )
        except (OSError, EOFError) as error:
            raise Disconnected from error
        if transport is None:
            raise Disconnected
        protocol.connection_made(transport)
        self._plain_writer = self._writer
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)

    async def close(self) -> None:
        """End the connection, for a client that does not listen any more too."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def _read(self) -> bytes:
        try:
            octets = await self._reader.read(_CHUNK)
        except OSError as error:
            raise Disconnected from error
        if not octets:
            raise Disconnected
        return octets
