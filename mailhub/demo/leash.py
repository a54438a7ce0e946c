"""Ends process groups when the supervisor dies without a chance to do it.

Runs as a process of its own. The supervisor writes "+PGID" and "-PGID" lines to its standard input; the end of that
input means that the supervisor is gone, however it died. A pipe holds on every system and for grandchildren too, which
a parent-death signal does not.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable

_GRACE_SECONDS = 5.0


def main(lines: Iterable[str]) -> None:
    """Follow the lines until they end, then end the groups that are left: politely at first."""
    held: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            held.add(group)
        else:
            held.discard(group)
    for group in held:
        send(group, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while any(is_alive(group) for group in held) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in held:
        send(group, signal.SIGKILL)


def send(group: int, number: signal.Signals) -> None:
    """Send a signal to a group; a group that is gone is no error."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS reports a group of zombies as not permitted.
        return


def is_alive(group: int) -> bool:
    """Tell whether the group has a member left."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    # Ctrl-C and a closed terminal reach the supervisor; this process outlives it by a moment.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    main(sys.stdin)
