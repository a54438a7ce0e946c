"""How many messages a second `receive_mail` takes in by LMTP: ten connections, PostgreSQL, the storage on this disk.

Beside it, in the same run, what the disk and the database alone allow: one thread that stores and does nothing else.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.mails import mixed
from tests.realservers import postgres
from tests.realservers.programs import Program, free_port, greets

COUNT = int(os.environ.get("BENCH_MESSAGES", "2000"))
CONNECTIONS = 10
_DOMAIN = "in.mailhub.example"


def main() -> None:
    cluster = postgres.Postgres()
    cluster.start()
    try:
        with tempfile.TemporaryDirectory(prefix="mailhub-bench-") as directory:
            _measure(Path(directory), cluster.url)
    finally:
        cluster.stop()


def _measure(directory: Path, database_url: str) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "STORAGE_URL": f"file://{directory}/storage",
        "DATABASE_URL": database_url,
        "DIRECT_MAIL_DOMAIN": _DOMAIN,
        "RECEIVE_LMTP": f"127.0.0.1:{port}",
        "RECEIVE_PER_MAILBOX": "1000000",
        "RECEIVE_PER_TENANT": "1000000",
    }
    worker = [sys.executable, str(Path(__file__).with_name("inbound_worker.py"))]
    done = subprocess.run([*worker, str(COUNT)], env=environment, check=True, capture_output=True, text=True)
    alone, *addresses = done.stdout.split()
    mails = list(mixed(COUNT, to=addresses[0], answered=[]))
    print(f"{COUNT} messages, {sum(map(len, mails)) / 1e6:.0f} MB; one thread that only stores: {alone} messages/s")
    with _listening(environment, directory, port):
        began = time.monotonic()
        threads = [
            threading.Thread(
                target=_deliver, args=(port, addresses[number % len(addresses)], mails[number::CONNECTIONS])
            )
            for number in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
    print(f"LMTP, {CONNECTIONS} connections, 4 mailboxes: {COUNT / seconds:.0f} messages/s")


def _deliver(port: int, address: str, mails: list[bytes]) -> None:
    with smtplib.LMTP("127.0.0.1", port) as connection:
        for raw in mails:
            connection.sendmail("bench@customers.example", [address], raw)


@contextmanager
def _listening(environment: dict[str, str], directory: Path, port: int) -> Iterator[None]:
    manage = Path(__file__).resolve().parents[1] / "manage.py"
    program = Program(
        [sys.executable, manage, "receive_mail"], log=directory / "receive_mail.log", environment=environment
    )
    program.wait_for(lambda: greets(port, b"220 "))
    yield
    program.stop(seconds=15)


if __name__ == "__main__":
    main()
