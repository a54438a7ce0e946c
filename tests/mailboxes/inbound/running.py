"""A listener that runs in a thread of the test, the storage that it is given, and clients on bare sockets."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

from mailboxes.inbound import Listener, Options
from mailboxes.inbound.addressing import Directory
from mailboxes.inbound.letters import Destination, Letter, Outcome, Settled, Store, StoreFailure
from mailboxes.inbound.options import Endpoint
from mailhub import clock

DOMAIN = "in.mailhub.example"
TOKEN = "abcdefghijklmnop"
OTHER_TOKEN = "qrstuvwxyz234567"
ADDRESS = f"{TOKEN}@{DOMAIN}"
OTHER_ADDRESS = f"{OTHER_TOKEN}@{DOMAIN}"

_ANY_PORT = Endpoint("127.0.0.1", 0)
_Result = TypeVar("_Result")


@dataclass
class FakeStore:
    """Mailboxes by token, and the letters that were stored. It fails for mailboxes when it is told to."""

    mailboxes: dict[str, Destination] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    outcomes: dict[UUID, Outcome] = field(default_factory=dict)
    is_down: bool = False
    free_octets: int = 1 << 40
    # A letter is stored only when this is set.
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()
        self.open(TOKEN)

    def open(self, token: str, *, is_active: bool = True) -> Destination:
        """Add a mailbox of a tenant of its own."""
        destination = Destination(len(self.mailboxes) + 1, uuid4(), is_active)
        self.mailboxes[token] = destination
        return destination

    async def find(self, token: str) -> Destination | None:
        if self.is_down:
            raise StoreFailure
        return self.mailboxes.get(token)

    async def has_room_for(self, octets: int) -> bool:
        return self.free_octets > octets

    async def take_in(self, letter: Letter) -> Settled:
        await asyncio.to_thread(self.gate.wait, 10)
        outcome = self.outcomes.get(letter.destination.mailbox_id, Outcome.STORED)
        if outcome is Outcome.STORED:
            self.letters.append(letter)
        return Settled(outcome, "0123456789abcdef")

    @property
    def raws(self) -> list[bytes]:
        return [letter.raw for letter in self.letters]


class Running:
    """A listener on free ports of 127.0.0.1, until the end of the block."""

    def __init__(self, store: Store, **options: Any) -> None:
        values = {"directory": Directory(DOMAIN), "hostname": "mx.mailhub.example", **options}
        self._options = Options(**{"smtp": _ANY_PORT, "lmtp": _ANY_PORT, **values})
        self._store = store
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stopping: Future[None] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._start())
        self.smtp_port, self.lmtp_port = self._ports()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop(seconds=0.1)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def client(self, *, greets: bool = True) -> "Client":
        """Return an SMTP client, which has said EHLO."""
        return Client(self.smtp_port, "EHLO" if greets else "")

    def client_behind_proxy(self, line: str) -> "Client":
        """Return a client whose connection begins with this line."""
        return Client(self.smtp_port, first=line)

    def lmtp_client(self) -> "Client":
        return Client(self.lmtp_port, "LHLO")

    def stop(self, *, seconds: float = 5) -> None:
        if self._stopping is None:
            self.begin_stop(seconds=seconds)
        assert self._stopping is not None
        self._stopping.result(20)

    def begin_stop(self, *, seconds: float = 5) -> None:
        """Ask it to stop, and go on while it does."""
        self._stopping = asyncio.run_coroutine_threadsafe(self._listener.stop(seconds=seconds), self._loop)

    def _ports(self) -> tuple[int, int]:
        """A local socket has none."""
        return self._listener.port("SMTP"), 0 if self._options.lmtp != _ANY_PORT else self._listener.port("LMTP")

    async def _start(self) -> None:
        self._listener = Listener(self._options, self._store, now=clock.now)
        await self._listener.start()

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


class Client:
    """A client that says what the test wants, octet by octet."""

    def __init__(self, port: int | Path, greeting: str = "", *, first: str = "") -> None:
        """`first` is sent before the server greets, `greeting` and a name after it."""
        if isinstance(port, Path):
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(10)
            self._socket.connect(str(port))
        else:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._unread = b""
        if first:
            self.sends(f"{first}\r\n".encode())
        self.greeting = self.hear()
        if greeting:
            assert self.says(f"{greeting} client.example").startswith("250")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._socket.close()

    def says(self, line: str) -> str:
        """Send a line, and return the reply to it."""
        self.sends(f"{line}\r\n".encode())
        return self.hear()

    def sends(self, octets: bytes) -> None:
        self._socket.sendall(octets)

    def hear(self) -> str:
        """Return the next reply, with all its lines; "" at the end of the connection."""
        lines: list[str] = []
        while True:
            line = self._line()
            lines.append(line)
            if not line or line[3:4] != "-":
                return "\n".join(lines)

    def hear_all(self) -> list[str]:
        """Return all replies up to the end of the connection."""
        replies = []
        while reply := self.hear():
            replies.append(reply)
        return replies

    def envelope(self, *recipients: str, sender: str = "ann@customer.example", parameters: str = "") -> list[str]:
        """Say MAIL and RCPT, and return all replies."""
        return [
            self.says(f"MAIL FROM:<{sender}>{parameters}"),
            *(self.says(f"RCPT TO:<{one}>") for one in recipients or (ADDRESS,)),
        ]

    def data(self, raw: bytes) -> str:
        """Say DATA, send the message as it is, with the dot, and return the first reply to it."""
        assert self.says("DATA").startswith("354")
        self.sends(raw + b".\r\n")
        return self.hear()

    def hear_reply_to_data(self) -> str:
        """Return the reply to a dot that was sent together with DATA."""
        assert self.hear().startswith("354")
        return self.hear()

    def deliver(self, raw: bytes, *recipients: str) -> str:
        """Do a whole transaction, and return the first reply to the dot."""
        for reply in self.envelope(*recipients):
            assert reply.startswith("250")
        return self.data(raw)

    def start_tls(self, ca_file: str) -> None:
        """Do the handshake, after the server has said that it is ready."""
        context = ssl.create_default_context(cafile=ca_file)
        self._socket = context.wrap_socket(self._socket, server_hostname="localhost")

    def end_of_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def _line(self) -> str:
        while b"\n" not in self._unread:
            octets = b""
            with suppress(ConnectionError):
                octets = self._socket.recv(65536)
            if not octets:
                return ""
            self._unread += octets
        line, _newline, self._unread = self._unread.partition(b"\n")
        return line.decode().rstrip("\r")
