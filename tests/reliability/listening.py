"""A listener that can be killed: runs `receive_mail` in a process of its own and tells how that process ended.

usage: python -m tests.reliability.listening

A line `start FAILPOINT` (or `start`) of the input starts it and is answered with the process id; `wait` is answered
with its exit status, or with the negative signal number. Starting Python takes seconds, so this process forks.
"""

import os
import sys
import traceback

import django
from django.conf import settings
from django.core.management import call_command


def main() -> None:
    """Serve until the input ends."""
    django.setup()
    child = 0
    for line in sys.stdin:
        order, *failpoints = line.split()
        if order == "start":
            child = _start(failpoints)
            answer = child
        else:
            _pid, status = os.waitpid(child, 0)
            answer = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _start(failpoints: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        settings.FAILPOINTS = failpoints
        call_command("receive_mail")
    except BaseException:  # noqa: BLE001 (whatever it was, the child ends here and says so)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
