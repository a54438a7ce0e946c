"""Other processes that work on the test database: one that a test has killed, and real Celery workers."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from redis import Redis

from tests.realservers.programs import Program

ROOT = Path(__file__).resolve().parents[2]
QUEUES = ("default", "poll", "deliver", "receive")


def environment(database_url: str, *, broker_url: str | None = None) -> dict[str, str]:
    """Return the environment in which another process does what this one would do."""
    values = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "EGRESS_ALLOW": ",".join(settings.EGRESS_ALLOW),
        "MAILHUB_EXTRA_CA_FILE": str(settings.MAILHUB_EXTRA_CA_FILE),
    }
    return values if broker_url is None else {**values, "BROKER_URL": broker_url}


_TAKEN = re.compile(r"Task mailboxes\.tasks\.\w+\[[^\]]+\] received")
_ENDED = re.compile(r"Task mailboxes\.tasks\.\w+\[[^\]]+\] (?:succeeded|raised)")


class Runner:
    """Runs tasks, each in a process of its own that may be killed at a failpoint."""

    def __init__(self, database_url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(database_url),
        )

    def run(self, task: str, *ids: Any, failpoint: str | None = None, handlers: Sequence[str] = ()) -> int:
        """Run a task of `mailboxes.tasks`, or another by its whole name.

        Returns its exit status, or the negative number of the signal that it died of.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {
            "task": task,
            "ids": [str(one) for one in ids],
            "failpoints": [failpoint] if failpoint else [],
            "handlers": list(handlers),
        }
        self._process.stdin.write(f"{json.dumps(job)}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def is_killed(self, task: str, *ids: Any, failpoint: str | None = None, handlers: Sequence[str] = ()) -> bool:
        """Run a task and tell whether it was killed on its way."""
        return self.run(task, *ids, failpoint=failpoint, handlers=handlers) == -signal.SIGKILL

    def works(self, task: str, *ids: Any) -> bool:
        """Run a task that nothing disturbs and tell whether it came to its end."""
        return self.run(task, *ids) == 0

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


class CeleryWorkers:
    """Two worker processes on one broker, and the bell that rings them."""

    def __init__(self, database_url: str, broker_url: str, directory: Path) -> None:
        self._broker_url = broker_url
        self._logs = [directory / f"worker{number}.log" for number in (1, 2)]
        self._programs = [
            Program(
                [
                    *(sys.executable, "-m", "celery", "-A", "mailhub.celery", "worker", "-P", "threads", "-c", "4"),
                    *("-Q", ",".join(QUEUES), "-n", f"{log.stem}@%h", "-l", "INFO"),
                    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                ],
                log=log,
                environment={**environment(database_url, broker_url=broker_url), "LOG_LEVEL": "INFO"},
                # What they do is all in the database, and a warm shutdown takes seconds.
                stop_signal=signal.SIGKILL,
            )
            for log in self._logs
        ]
        for program, log in zip(self._programs, self._logs, strict=True):
            program.wait_for(partial(_is_ready, log))

    def ring(self, task: str, *ids: Any, times: int = 1, serializer: str = "json") -> None:
        """Put a task of `mailboxes.tasks` into its queue, several times on request."""
        with Celery(broker=self._broker_url, set_as_current=False) as bell:
            for _ in range(times):
                bell.send_task(
                    f"mailboxes.tasks.{task}",
                    args=[str(one) for one in ids],
                    queue=task if task in QUEUES else "default",
                    serializer=serializer,
                )

    def is_idle(self) -> bool:
        """Tell whether every bell was heard and every task has come to its end."""
        with Redis.from_url(self._broker_url) as broker:
            if any(broker.llen(queue) for queue in QUEUES):
                return False
        log = self.log()
        return len(_TAKEN.findall(log)) == len(_ENDED.findall(log))

    def log(self) -> str:
        """Return what both workers said."""
        return "\n".join(log.read_text(errors="replace") for log in self._logs)

    def stop(self) -> None:
        """End both."""
        for program in self._programs:
            program.stop()


def _is_ready(log: Path) -> bool:
    return " ready." in log.read_text()


def wait_until(is_true: Callable[[], bool], *, seconds: float = 40) -> None:
    """Return as soon as `is_true` says so; raise TimeoutError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not so after {seconds} seconds.")
        time.sleep(0.05)
