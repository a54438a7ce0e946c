"""Mail servers that say exactly what a test wants, on 127.0.0.1, one thread for each connection."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pytest_django import Settings

from servers.endpoints import Endpoint, Security
from tests.realservers import certificates


class Conversation:
    """The server's side of one connection."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext | None, heard: bytearray) -> None:
        self._sock = sock
        self._context = context
        self._heard = heard
        self._buffer = b""

    @property
    def heard(self) -> bytes:
        """All octets that clients of this server sent in total."""
        return bytes(self._heard)

    def say(self, *lines: str | bytes) -> None:
        """Send lines, each with CRLF."""
        for line in lines:
            self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def send(self, octets: bytes) -> None:
        """Send octets as they are."""
        self._sock.sendall(octets)

    def hear(self) -> str:
        """Return the client's next line without CRLF; raise ConnectionError when there is none."""
        while b"\n" not in self._buffer:
            piece = self._sock.recv(65536)
            if not piece:
                raise ConnectionError("The client is gone.")
            self._heard += piece
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def hear_until_end(self) -> None:
        """Read until the client closes."""
        while piece := self._sock.recv(65536):
            self._heard += piece

    def start_tls(self) -> None:
        """Encrypt, as the server's side."""
        assert self._context is not None
        self._sock = self._context.wrap_socket(self._sock, server_side=True)

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._sock.close()


Script = Callable[[Conversation], None]


@dataclass
class ScriptedServer:
    """A running server: its port, how often it was connected to, and all octets that clients sent in total."""

    port: int
    heard: bytearray = field(default_factory=bytearray)
    connection_count: int = 0

    def endpoint(self, security: Security = Security.NONE, host: str = "127.0.0.1") -> Endpoint:
        """Return how to reach it."""
        return Endpoint(host, self.port, security)


@contextmanager
def scripted_server(
    script: Script, settings: Settings, *, context: ssl.SSLContext | None = None
) -> Iterator[ScriptedServer]:
    """Serve every connection by `script` and let egress control through to exactly this port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = ScriptedServer(listener.getsockname()[1])
    settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"127.0.0.1:{server.port}"]
    open_sockets: list[socket.socket] = []

    def serve(sock: socket.socket) -> None:
        # A client that leaves in the middle is what many of these tests are about.
        with contextlib.suppress(OSError):
            conversation = Conversation(sock, context, server.heard)
            try:
                script(conversation)
            finally:
                conversation.close()

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _peer = listener.accept()
                server.connection_count += 1
                open_sockets.append(sock)
                threading.Thread(target=serve, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
        for sock in open_sockets:
            with contextlib.suppress(OSError):
                sock.close()


def server_context(
    directory: Path,
    settings: Settings,
    *,
    names: tuple[str, ...] = ("localhost",),
    is_trusted: bool = True,
    is_expired: bool = False,
) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate for `names` and 127.0.0.1; clients trust it on request."""
    directory.mkdir(exist_ok=True)
    files = certificates.issue(directory, names=names, is_expired=is_expired)
    settings.MAILHUB_EXTRA_CA_FILE = str(files.ca_file) if is_trusted else ""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate_file, files.key_file)
    return context


Answer = list[str | bytes] | Callable[[Conversation, str], None]

IMAP_ANSWERS: dict[str, Answer] = {
    "CAPABILITY": ["* CAPABILITY IMAP4rev1 UIDPLUS", "{tag} OK done"],
    "LOGIN": ["{tag} OK signed in"],
    "LIST": ['* LIST (\\HasNoChildren) "/" INBOX', "{tag} OK done"],
    "EXAMINE": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 8] .", "{tag} OK [READ-ONLY] done"],
    "SELECT": ["* 1 EXISTS", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 8] .", "{tag} OK [READ-WRITE] done"],
    "UID SEARCH": ["* SEARCH 7", "{tag} OK done"],
    "UID FETCH": ["* 1 FETCH (UID 7 RFC822.SIZE 4)", "{tag} OK done"],
    "LOGOUT": ["* BYE", "{tag} OK bye"],
}


def imap(
    answers: Mapping[str, Answer] | None = None, *, greeting: str = "* OK ready", is_encrypted: bool = False
) -> Script:
    """Return an IMAP server that answers commands from a table, where {tag} stands for the client's tag."""
    table = {**IMAP_ANSWERS, **(answers or {})}

    def script(conversation: Conversation) -> None:
        if is_encrypted:
            conversation.start_tls()
        conversation.say(greeting)
        while True:
            tag, _, command = conversation.hear().partition(" ")
            words = command.upper().split()
            verb = " ".join(words[: 2 if words[:1] == ["UID"] else 1])
            answer = table.get(verb, ["{tag} BAD unknown command"])
            if callable(answer):
                answer(conversation, tag)
                continue
            for line in answer:
                octets = line.encode() if isinstance(line, str) else line
                conversation.say(octets.replace(b"{tag}", tag.encode()))

    return script


POP3_ANSWERS: dict[str, Answer] = {
    "CAPA": ["+OK", "UIDL", "."],
    "USER": ["+OK"],
    "PASS": ["+OK signed in"],
    "STAT": ["+OK 1 6"],
    "LIST": ["+OK", "1 6", "."],
    "UIDL": ["+OK", "1 abc", "."],
    "RETR": ["+OK", "text", "."],
    "DELE": ["+OK"],
    "QUIT": ["+OK bye"],
}


def pop3(answers: Mapping[str, Answer] | None = None, *, greeting: str = "+OK ready") -> Script:
    """Return a POP3 server that answers commands from a table."""
    return _lines({**POP3_ANSWERS, **(answers or {})}, greeting, "-ERR unknown command")


SMTP_ANSWERS: dict[str, Answer] = {
    "EHLO": ["250-mx.example", "250-AUTH PLAIN LOGIN", "250 8BITMIME"],
    "AUTH": ["235 2.7.0 signed in"],
    "MAIL": ["250 2.1.0 sender ok"],
    "RCPT": ["250 2.1.5 recipient ok"],
    "RSET": ["250 2.0.0 ok"],
    "QUIT": ["221 2.0.0 bye"],
}


def smtp(answers: Mapping[str, Answer] | None = None, *, greeting: str = "220 mx.example ESMTP") -> Script:
    """Return an SMTP server that answers commands from a table, and takes every message unless DATA is in it."""

    def take_message(conversation: Conversation, _line: str) -> None:
        conversation.say("354 go ahead")
        while conversation.hear() != ".":
            pass
        conversation.say("250 2.0.0 queued as 4711")

    return _lines({**SMTP_ANSWERS, "DATA": take_message, **(answers or {})}, greeting, "500 5.5.1 unknown command")


def _lines(table: Mapping[str, Answer], greeting: str, unknown: str) -> Script:
    def script(conversation: Conversation) -> None:
        conversation.say(greeting)
        while True:
            line = conversation.hear()
            answer = table.get(line.split(" ")[0].upper(), [unknown])
            if callable(answer):
                answer(conversation, line)
            else:
                conversation.say(*answer)

    return script
