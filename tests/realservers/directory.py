"""The users of the test mail servers, and the two look-up services that let servers ask about them.

Postfix asks through its tcp_table protocol, Dovecot through OAuth 2.0 token introspection (RFC 7662).
"""

import json
import secrets
import socketserver
import threading
import urllib.parse
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.realservers.programs import HOST


@dataclass(frozen=True)
class MailUser:
    """Somebody with a mailbox on the test servers; the address is also the user name."""

    address: str
    password: str


class Directory:
    """Who has a mailbox and which OAuth access tokens are good at the moment."""

    def __init__(self) -> None:
        self._passwords: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._services: list[socketserver.BaseServer] = []

    def add(self, user: MailUser) -> None:
        """Make the user known."""
        self._passwords[user.address] = user.password

    def new_token(self, address: str) -> str:
        """Return a fresh OAuth access token of the user `address`."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = address
        return token

    def revoke(self, token: str) -> None:
        """Make the access token worthless."""
        del self._tokens[token]

    def knows(self, address: str) -> bool:
        """Say whether mail to `address`, with or without a `+detail`, has a mailbox."""
        local_part, _at, domain = address.lower().rpartition("@")
        return f"{local_part.partition('+')[0]}@{domain}" in self._passwords

    def has_domain(self, domain: str) -> bool:
        """Say whether any user's address is in `domain`."""
        return any(address.endswith(f"@{domain.lower()}") for address in self._passwords)

    def password_of(self, address: str) -> str:
        """Return the user's password; raise KeyError for somebody unknown."""
        return self._passwords[address]

    def accepts(self, address: str, password: str) -> bool:
        """Say whether this is the user's password."""
        return self._passwords.get(address.lower()) == password

    def owner_of(self, token: str) -> str | None:
        """Return the user that the access token stands for; None for an unknown or revoked token."""
        return self._tokens.get(token)

    def serve_tcp_table(self) -> int:
        """Answer Postfix's tcp_table look-ups from a thread; return the port."""
        return self._serve(_TcpTable((HOST, 0), self))

    def serve_introspection(self) -> int:
        """Answer token introspection (RFC 7662) from a thread; return the port."""
        return self._serve(_Introspection((HOST, 0), self))

    def stop(self) -> None:
        """Close both services."""
        for service in self._services:
            service.shutdown()
            service.server_close()
        self._services.clear()

    def _serve(self, service: socketserver.TCPServer) -> int:
        self._services.append(service)
        # 0.02 s: `shutdown` waits until the loop looks up again.
        threading.Thread(target=service.serve_forever, args=(0.02,), daemon=True).start()
        return int(service.server_address[1])


class _TcpTable(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], directory: Directory) -> None:
        super().__init__(address, _TcpTableRequests)
        self.directory = directory


class _TcpTableRequests(socketserver.StreamRequestHandler):
    server: _TcpTable

    def handle(self) -> None:
        for line in self.rfile:
            key = urllib.parse.unquote(line.decode().strip().removeprefix("get "))
            directory = self.server.directory
            is_known = directory.knows(key) if "@" in key else directory.has_domain(key)
            self.wfile.write(b"200 known\n" if is_known else b"500 unknown\n")


class _Introspection(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], directory: Directory) -> None:
        super().__init__(address, _IntrospectionRequests)
        self.directory = directory


class _IntrospectionRequests(BaseHTTPRequestHandler):
    server: _Introspection

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        [token] = urllib.parse.parse_qs(body).get("token", [""])
        owner = self.server.directory.owner_of(token)
        answer = json.dumps({"active": True, "username": owner} if owner else {"active": False}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: the servers' own logs are enough."""
