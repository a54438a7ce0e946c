"""Hands mail for direct addresses to mailhub's own listener, as a mail server in front of it does (RFC 2033)."""

import asyncio
import logging
from dataclasses import dataclass

log = logging.getLogger(__name__)

_HOST = "127.0.0.1"
# The world starts before the listener, and outlives a restart of it.
_TRIES = 60
_PAUSE_SECONDS = 1.0
_REPLY_SECONDS = 30.0


class _Refused(Exception):
    """The listener does not want this mail; asking again changes nothing."""


class _NotNow(Exception):
    """The listener is away, or asks to come again."""


@dataclass(frozen=True)
class _Mail:
    mail_from: str
    rcpt_to: str
    raw: bytes


class DirectMail:
    """Mail on its way to the listener. What is on its way when the demonstration stops is lost."""

    def __init__(self, domain: str, *, port: int) -> None:
        """`port` speaks LMTP on 127.0.0.1."""
        self._domain = domain
        self._port = port
        self._waiting: asyncio.Queue[_Mail] = asyncio.Queue()

    def is_for(self, addr_spec: str) -> bool:
        """Tell whether this is a direct address."""
        return addr_spec.lower().rpartition("@")[2] == self._domain

    def send(self, mail_from: str, rcpt_to: str, raw: bytes) -> None:
        """Put a mail on its way."""
        self._waiting.put_nowait(_Mail(mail_from, rcpt_to, raw))

    async def carry(self) -> None:
        """Hand over what waits, one mail after the other, for ever."""
        while True:
            await self._carry_one(await self._waiting.get())

    async def _carry_one(self, mail: _Mail) -> None:
        for _ in range(_TRIES):
            try:
                await self._hand_over(mail)
            except (_NotNow, OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(_PAUSE_SECONDS)
            except _Refused as refused:
                log.warning("Mail for %s was refused: %s", mail.rcpt_to, refused)
                return
            else:
                return
        log.warning("Mail for %s was given up: the listener does not take it.", mail.rcpt_to)

    async def _hand_over(self, mail: _Mail) -> None:
        reader, writer = await asyncio.open_connection(_HOST, self._port)
        try:
            await _reply(reader)
            for line in ("LHLO smtp.mailhub.example", f"MAIL FROM:<{mail.mail_from}>", f"RCPT TO:<{mail.rcpt_to}>"):
                await _say(reader, writer, f"{line}\r\n".encode())
            await _say(reader, writer, b"DATA\r\n")
            await _say(reader, writer, _with_transparency(mail.raw))
            writer.write(b"QUIT\r\n")
        finally:
            writer.close()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(octets)
    await writer.drain()
    await _reply(reader)


async def _reply(reader: asyncio.StreamReader) -> None:
    """Wait for a reply that lets us go on."""
    async with asyncio.timeout(_REPLY_SECONDS):
        while (line := await reader.readuntil(b"\n"))[3:4] == b"-":
            continue
    if line[:1] == b"5":
        raise _Refused(line.decode(errors="replace").strip())
    if line[:1] not in (b"2", b"3"):
        raise _NotNow


def _with_transparency(raw: bytes) -> bytes:
    """Double the dots that begin lines, and add the one that ends the message (RFC 5321 §4.5.2)."""
    end = b"" if raw.endswith(b"\r\n") else b"\r\n"
    return (b"\r\n" + raw + end).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
