"""Child processes: each in its own process group, with its own log, and on a leash."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from mailhub.demo import leash


@dataclass(frozen=True)
class ChildSpec:
    """How to start one part of mailhub; `is_ready` tells whether it serves."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool] = lambda: True


class Leash:
    """The process that ends our groups if this one is killed (see mailhub.demo.leash)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, leash.__file__], stdin=subprocess.PIPE, start_new_session=True, text=True, bufsize=1
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._input.close()
        self._process.wait()

    def hold(self, group: int) -> None:
        self._input.write(f"+{group}\n")

    def release(self, group: int) -> None:
        self._input.write(f"-{group}\n")

    @property
    def _input(self) -> IO[str]:
        if self._process.stdin is None:
            raise RuntimeError("The leash has no input.")
        return self._process.stdin


class Child:
    """One run of a part, from `start` to its end; its whole process group ends with it."""

    def __init__(self, spec: ChildSpec, *, log: Path, env: Mapping[str, str], cwd: Path, leash: Leash) -> None:
        self.spec = spec
        self.log = log
        self.started_at = time.monotonic()
        self._leash = leash
        self._has_ended = False
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - commands are built here, never from input
                spec.command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        leash.hold(self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return the exit code once the process has ended; what it left behind in its group ends then too."""
        code = self._process.poll()
        if code is not None and not self._has_ended:
            self._has_ended = True
            leash.send(self.pid, signal.SIGKILL)
            self._leash.release(self.pid)
        return code

    def terminate(self) -> None:
        """Ask the group to end, unless it has ended."""
        if self.exit_code() is None:
            leash.send(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the group for good and wait for it."""
        if self.exit_code() is None:
            leash.send(self.pid, signal.SIGKILL)
            self._process.wait()
            self.exit_code()
