"""The listening process: accepts connections, and ends them in peace."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from mailboxes.inbound import replies
from mailboxes.inbound.capacity import Memory
from mailboxes.inbound.certificate import Certificate
from mailboxes.inbound.dialogue import Desk, Dialogue
from mailboxes.inbound.letters import Store
from mailboxes.inbound.limits import Connections, Rates, client_of
from mailboxes.inbound.options import Endpoint, Options
from mailboxes.inbound.proxies import read_client
from mailboxes.inbound.replies import Reply
from mailboxes.inbound.wire import Disconnected, Wire

log = logging.getLogger(__name__)

_STOP_SECONDS = 10.0
# Whoever may enter the directory may deliver, as with a port on loopback.
_SOCKET_MODE = 0o666


class Listener:
    """Listens for SMTP and LMTP in one event loop."""

    def __init__(self, options: Options, store: Store, *, now: Callable[[], datetime]) -> None:
        """Raise OSError when the certificate cannot be read."""
        self._options = options
        self._desk = Desk(
            options=options,
            store=store,
            rates=Rates(per_mailbox=options.per_mailbox, per_tenant=options.per_tenant),
            memory=Memory(options.memory),
            certificate=Certificate(*options.certificate_files) if options.certificate_files else None,
            now=now,
        )
        self._connections = Connections(most=options.connections, most_per_client=options.connections_per_client)
        self._servers: dict[str, asyncio.Server] = {}
        self._dialogues: dict[asyncio.Task[None], Dialogue] = {}
        self._is_stopping = False

    async def start(self) -> None:
        """Listen where the options say; raise OSError when an address is taken."""
        for protocol, endpoint in (("SMTP", self._options.smtp), ("LMTP", self._options.lmtp)):
            if endpoint is not None:
                self._servers[protocol] = await self._listen(protocol, endpoint)
                log.info("Listening for %s at %s.", protocol, endpoint.path or f"{endpoint.host}:{endpoint.port}")

    def port(self, protocol: str) -> int:
        """Return the port on which SMTP or LMTP is spoken."""
        return int(self._servers[protocol].sockets[0].getsockname()[1])

    async def stop(self, *, seconds: float = _STOP_SECONDS) -> None:
        """Accept nobody any more, end who is waiting, and let those come to their end who are sending a message."""
        self._is_stopping = True
        for server in self._servers.values():
            server.close()
        for endpoint in (self._options.smtp, self._options.lmtp):
            if endpoint is not None and endpoint.path:
                Path(endpoint.path).unlink(missing_ok=True)
        for task, dialogue in self._dialogues.items():
            dialogue.stop_soon()
            if not dialogue.is_at_message:
                task.cancel()
        await self._end_within(seconds)

    async def _end_within(self, seconds: float) -> None:
        if not self._dialogues:
            return
        _done, late = await asyncio.wait(list(self._dialogues), timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            log.warning("%d messages were cut off; their senders keep them.", len(late))
            await asyncio.wait(late)

    async def _listen(self, protocol: str, endpoint: Endpoint) -> asyncio.Server:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._accept(Wire(reader, writer), protocol, _peer_of(writer))

        if endpoint.path:
            server = await asyncio.start_unix_server(accept, endpoint.path)
            Path(endpoint.path).chmod(_SOCKET_MODE)
            return server
        return await asyncio.start_server(accept, endpoint.host, endpoint.port)

    async def _accept(self, wire: Wire, protocol: str, peer: str) -> None:
        try:
            client = client_of(await read_client(wire) if peer in self._options.proxies else peer)
        except (Disconnected, TimeoutError):
            log.warning("The proxy %s did not say who its client is.", peer)
            await _end(wire)
            return
        if self._is_stopping:
            await _end(wire, replies.CLOSING)
            return
        # By LMTP comes our own mail server, which has limits for its clients.
        if not self._connections.enter(client, is_trusted=protocol == "LMTP"):
            await _end(wire, replies.TOO_MANY_CONNECTIONS)
            return
        task = asyncio.current_task()
        assert task is not None
        dialogue = self._dialogues[task] = Dialogue(wire, self._desk, protocol=protocol)
        try:
            await self._hold(dialogue, wire)
        finally:
            del self._dialogues[task]
            self._connections.leave(client)

    async def _hold(self, dialogue: Dialogue, wire: Wire) -> None:
        farewell: tuple[Reply, ...] = ()
        try:
            await dialogue.hold()
        except asyncio.CancelledError:
            farewell = (replies.CLOSING,)
        except (Disconnected, TimeoutError):
            farewell = ()
        except Exception:
            log.exception("A dialogue failed.")
            farewell = (replies.BROKEN,)
        await _end(wire, *farewell)


async def _end(wire: Wire, *farewell: Reply) -> None:
    try:
        if farewell:
            await wire.send(*farewell)
    except (Disconnected, TimeoutError):
        log.debug("A client did not hear the farewell.")
    await wire.close()


def _peer_of(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""
