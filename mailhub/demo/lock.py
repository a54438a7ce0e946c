"""One supervisor for a data directory at a time."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another supervisor holds the directory; `address` is where it serves, `pid` its process."""

    def __init__(self, address: str, pid: int) -> None:
        super().__init__(f"mailhub is running already at {address} (process {pid}).")
        self.address = address
        self.pid = pid


@contextmanager
def hold(path: Path, *, address: str) -> Iterator[None]:
    """Hold the lock file while the block runs. Raises AlreadyRunningError; the kernel lets go when we die."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = json.loads(file.read() or '{"address": "an unknown address", "pid": 0}')
            raise AlreadyRunningError(**holder) from error
        file.truncate(0)
        json.dump({"address": address, "pid": os.getpid()}, file)
        file.flush()
        yield
