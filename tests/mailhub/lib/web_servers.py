"""A web server that answers from a table, and an internet in which names lead to it."""

import socket
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from mailhub.lib import egress
from tests.servers.scripted import Conversation, Script

# What stands for the address of a name that leads to the test's own server.
HERE = "127.0.0.1"


def answer(status: int = 200, body: bytes | str = b"", **headers: str) -> bytes:
    """Return the octets of an answer; underscores in the names of headers stand for hyphens."""
    octets = body.encode() if isinstance(body, str) else body
    fields = {"Content-Length": str(len(octets)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Words", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + octets


def web(answers: Mapping[str, bytes | Script] | bytes, *, is_encrypted: bool = True) -> Script:
    """Return a server that answers "Host/path?query" from a table (404 otherwise), or everything in the same way."""

    def script(conversation: Conversation) -> None:
        if is_encrypted:
            conversation.start_tls()
        method, path, _version = conversation.hear().split(" ")
        host = ""
        while line := conversation.hear():
            name, _, value = line.partition(":")
            host = value.strip() if name.lower() == "host" else host
        given = answers if isinstance(answers, bytes) else answers.get(host + path, answer(404))
        if callable(given):
            given(conversation)
        else:
            conversation.send(given)
        if method == "POST":
            # To close before all was read would be a reset, which can overtake the answer.
            conversation.hear_until_end()

    return script


class ScriptedInternet:
    """Look-ups of names, with the real egress control behind them. Counts what was looked up."""

    def __init__(self, names: Mapping[str, Sequence[str]], ports: Mapping[int, int] | None = None) -> None:
        """`names` gives the addresses of each name; `ports` says where a port of the internet listens here."""
        self._names = names
        self._ports = ports or {}
        self.looked_up: list[str] = []

    def resolve(
        self, host: str, port: int, *, timeout: float, ports: Collection[int] | None = None, is_trusted: bool = False
    ) -> egress.Target:
        """Do what `egress.resolve` does, in this internet."""
        if ports is not None and port in ports:
            port = self._ports.get(port, port)
            ports = {*ports, port}
        return egress.resolve(host, port, timeout=timeout, ports=ports, is_trusted=is_trusted, resolver=self._addresses)

    def _addresses(self, host: str, port: int, *, type: int) -> Sequence[tuple[Any, ...]]:  # noqa: A002
        self.looked_up.append(host)
        if host not in self._names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, type, 6, "", (address, port)) for address in self._names[host]]
