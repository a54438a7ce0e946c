"""Starts a server program as a child of this process and ends it together with everything that it started."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HOST = "127.0.0.1"

_FIRST_PORT, _PORTS_PER_WORKER, _PORT_RANGES = 10_000, 2_500, 4
# Nobody may listen there yet, and it is given away all the same.
_given = set[int]()


class NotStartedError(RuntimeError):
    """A server did not open its port in time, or ended at once; the message carries the end of its log."""


class Program:
    """One running server in a session of its own."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """`user` is who to become when we are root; `stop_signal` asks the server to end."""
        self._log = log
        self._stop_signal = stop_signal
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_dies_with_us(stop_signal), *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=dict(environment or os.environ),
                start_new_session=True,
                user=user if is_root() else None,
                group=pwd.getpwnam(user).pw_gid if is_root() and user else None,
                extra_groups=[] if is_root() and user else None,
            )

    def wait_for(self, is_ready: Callable[[], bool], *, seconds: float = 30) -> None:
        """Return when `is_ready` says so; raise NotStartedError when the program ended or the time is up."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                end_of_log = self._log.read_text(errors="replace")[-2000:]
                raise NotStartedError(f"{self._process.args!r} did not start:\n{end_of_log}")
            time.sleep(0.02)

    def stop(self, *, seconds: float = 2) -> None:
        """Ask the program to end; after `seconds`, or when children outlive it, end its whole session."""
        self._signal(self._stop_signal)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return  # Nothing of the session is left.


def short_directory() -> Path:
    """Make a directory that other users may enter, with a path short enough for unix sockets (108 bytes)."""
    directory = Path(tempfile.mkdtemp(prefix="mh", dir="/tmp"))
    directory.chmod(0o755)
    return directory


def free_port() -> int:
    """Return a port that nobody listens on, outside of those that the kernel gives to outgoing connections.

    Each worker of a parallel run chooses from a range of its own, so that two never choose the same; nor is a port
    given twice, until all were.
    """
    if len(_given) > _PORTS_PER_WORKER // 2:
        _given.clear()
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PORT_RANGES
    first = _FIRST_PORT + worker * _PORTS_PER_WORKER
    while True:
        port = first + secrets.randbelow(_PORTS_PER_WORKER)
        if port in _given:
            continue
        with socket.socket() as listener:
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            _given.add(port)
            return port


def greets(port: int, greeting: bytes) -> bool:
    """Say whether the server on `port` opens the connection with `greeting`."""
    try:
        with socket.create_connection((HOST, port), timeout=3) as connection:
            return connection.recv(64).startswith(greeting)
    except OSError:
        return False


def is_root() -> bool:
    """Say whether this process may change users."""
    return os.geteuid() == 0


def _dies_with_us(stop_signal: signal.Signals) -> list[str]:
    """Return the command prefix that ends the program when this process is killed before it could stop it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG")] if setpriv else []
