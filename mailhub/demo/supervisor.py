"""Keeps the parts of mailhub running: starts them in order, brings crashed ones back, stops all of them."""

import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from mailhub.demo.children import Child, ChildSpec, Leash
from mailhub.demo.console import Console

MAX_RESTARTS = 5
_FIRST_RESTART_DELAY_SECONDS = 1.0
# A part that ran this long before it crashed starts its count anew.
_STEADY_SECONDS = 120.0
_LOOK_SECONDS = 0.1
# A part that starts is asked whether it is ready; each question costs it work.
_ASK_SECONDS = 0.5
_READY_LIMIT_SECONDS = 90.0
# Ten seconds is what a stop may take, the kill at the end included.
_STOP_LIMIT_SECONDS = 9.0
_SHARE_OF_EARLIER_STAGES = 1 / 3


class StartError(Exception):
    """A part does not start; the text says what the person can do."""


class StopRequestedError(Exception):
    """Somebody asked to stop while parts were still starting."""


class Supervisor:
    """Owns the children; every method is called from one thread, `request_stop` also from a signal handler."""

    def __init__(
        self, *, console: Console, leash: Leash, env: Mapping[str, str], cwd: Path, log_directory: Path
    ) -> None:
        self._console = console
        self._leash = leash
        self._env = env
        self._cwd = cwd
        self._log_directory = log_directory
        self._stages: list[list[Child]] = []
        self._restart_counts: dict[str, int] = {}
        self._restart_at: dict[str, float] = {}
        self._stop_requested = threading.Event()
        log_directory.mkdir(parents=True, exist_ok=True)

    def request_stop(self) -> None:
        self._stop_requested.set()

    def start(self, *specs: ChildSpec) -> None:
        """Start parts that do not need each other as one stage, and wait until all are ready.

        Raises StartError, StopRequestedError.
        """
        for spec in specs:
            self._log(spec.name).unlink(missing_ok=True)
        stage: list[Child] = []
        self._stages.append(stage)
        stage.extend(self._spawn(spec) for spec in specs)
        waiting = list(specs)
        deadline = time.monotonic() + _READY_LIMIT_SECONDS
        while waiting := [spec for spec in waiting if not spec.is_ready()]:
            self._pause(_ASK_SECONDS)
            self._tend()
            if time.monotonic() > deadline:
                self._console.show_tail(self._log(waiting[0].name))
                raise StartError(f"{waiting[0].name} did not get ready within {_READY_LIMIT_SECONDS:.0f} seconds.")

    def run_step(self, spec: ChildSpec) -> None:
        """Run a command to its end. Raises StartError if it fails, StopRequestedError."""
        self._log(spec.name).unlink(missing_ok=True)
        child = self._spawn(spec)
        try:
            while (code := child.exit_code()) is None:
                self._pause(_LOOK_SECONDS)
        except StopRequestedError:
            child.kill()
            raise
        if code != 0:
            self._console.show_tail(child.log)
            raise StartError(f"{spec.name} failed with exit code {code}.")

    def watch(self) -> None:
        """Bring crashed parts back until somebody asks to stop. Raises StartError for one that crashes for ever."""
        while not self._stop_requested.wait(_LOOK_SECONDS):
            self._tend()

    def stop(self, *, limit_seconds: float = _STOP_LIMIT_SECONDS) -> None:
        """End all parts, the last started first; what is not gone in time is killed."""
        deadline = time.monotonic() + limit_seconds
        while self._stages:
            stage = self._stages.pop()
            reserved = limit_seconds * _SHARE_OF_EARLIER_STAGES if self._stages else 0.0
            _end(stage, deadline=deadline - reserved)

    def _spawn(self, spec: ChildSpec) -> Child:
        try:
            return Child(spec, log=self._log(spec.name), env=self._env, cwd=self._cwd, leash=self._leash)
        except OSError as error:
            raise StartError(f"{spec.name} cannot be started: {error}") from error

    def _log(self, name: str) -> Path:
        return self._log_directory / f"{name.replace(' ', '-')}.log"

    def _pause(self, seconds: float) -> None:
        if self._stop_requested.wait(seconds):
            raise StopRequestedError

    def _tend(self) -> None:
        for stage in self._stages:
            for position, child in enumerate(stage):
                code = child.exit_code()
                if code is not None and self._may_restart(child, code):
                    stage[position] = self._spawn(child.spec)

    def _may_restart(self, child: Child, code: int) -> bool:
        """Tell whether the crashed child's pause is over; begin the pause when the crash is new."""
        name = child.spec.name
        now = time.monotonic()
        if name in self._restart_at:
            if now < self._restart_at[name]:
                return False
            del self._restart_at[name]
            return True
        if now - child.started_at > _STEADY_SECONDS:
            self._restart_counts[name] = 0
        count = self._restart_counts[name] = self._restart_counts.get(name, 0) + 1
        self._console.say(f"{name} ended unexpectedly (exit code {code}). Its last lines:")
        self._console.show_tail(child.log)
        if count > MAX_RESTARTS:
            raise StartError(f"{name} crashed {count} times: giving up.")
        delay = _FIRST_RESTART_DELAY_SECONDS * 2 ** (count - 1)
        self._console.say(f"Starting {name} again in {delay:.0f} s (attempt {count} of {MAX_RESTARTS}).")
        self._restart_at[name] = now + delay
        return False


def _end(children: Sequence[Child], *, deadline: float) -> None:
    for child in reversed(children):
        child.terminate()
    while any(child.exit_code() is None for child in children) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS / 2)
    for child in children:
        if child.exit_code() is None:
            child.kill()
