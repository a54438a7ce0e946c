"""What thousands of connections with IDLE cost one watcher, and how soon mail is stored, beside a bare client.

The whole way is taken: Dovecot, the watcher's process, its bell, a Celery worker that polls, and PostgreSQL. The anchor
is a client on the same mailbox that idles on a socket and does nothing else; Dovecot itself holds a change back for
half a second, so only the distance between the two is ours.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.realservers.postgres import Postgres
from tests.realservers.valkey import Valkey

CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", "2000"))
# Each session of Dovecot that idles needs one. With fewer, Dovecot looks for mail every two minutes only.
_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")


def main() -> None:
    database, broker = Postgres(), Valkey()
    database.start()
    broker.start()
    try:
        with _enough_inotify(CONNECTIONS + 500), tempfile.TemporaryDirectory(prefix="mailhub-bench-") as directory:
            _run(directory, database_url=database.url, broker_url=broker.url)
    finally:
        broker.stop()
        database.stop()


def _run(directory: str, *, database_url: str, broker_url: str) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "STORAGE_URL": f"file://{directory}/storage",
        "WATCH_PER_TENANT": str(CONNECTIONS),
        "WATCH_PER_HOST": str(CONNECTIONS),
    }
    run = Path(__file__).with_name("idle_run.py")
    subprocess.run([sys.executable, str(run), str(CONNECTIONS), directory], env=environment, check=True)


@contextmanager
def _enough_inotify(instances: int) -> Iterator[None]:
    before = _INSTANCES.read_text()
    if int(before) >= instances:
        yield
        return
    try:
        _INSTANCES.write_text(str(instances))
    except OSError:
        print(f"Warning: {_INSTANCES} is {before.strip()} and cannot be raised; Dovecot will notice mail late.")
        yield
        return
    try:
        yield
    finally:
        _INSTANCES.write_text(before)


if __name__ == "__main__":
    main()
