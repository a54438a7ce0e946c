"""A worker that can be killed: runs one task in a process of its own and tells how that process ended.

usage: python -m tests.reliability.runner

Each line of the input is a task as JSON; the answer is a line with the exit status, or with the negative signal number.
Starting Python takes a second, so the process starts once and forks for each task. It opens no connection by itself.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any, TextIO

import django
from django.conf import settings

from mailhub.celery import app


def main() -> None:
    """Serve tasks until the input ends."""
    django.setup()
    import_module("billing.closing.tasks")
    import_module("billing.paying.tasks")
    import_module("mailboxes.tasks")
    import_module("sequences.running.tasks")
    import_module("sequences.tasks")
    for line in sys.stdin:
        status = _run_in_child(app.tasks, json.loads(line))
        _answer(sys.stdout, status)


def _run_in_child(tasks: Any, job: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        _pid, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    try:
        settings.FAILPOINTS = job["failpoints"]
        settings.PIPELINES = {**settings.PIPELINES, "received": [*settings.PIPELINES["received"], *job["handlers"]]}
        name = job["task"]
        tasks[name if "." in name else f"mailboxes.tasks.{name}"](*job["ids"])
    except BaseException:  # noqa: BLE001 (whatever it was, the child ends here and says so)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _answer(output: TextIO, status: int) -> None:
    output.write(f"{status}\n")
    output.flush()


if __name__ == "__main__":
    main()
