"""How fast one worker takes a mailbox of 10,000 messages in, beside a bare download of the same mailbox.

The anchor reads every message with imaplib in batches of 50 and keeps nothing: the rest is what storing, parsing,
matching and filing cost. Both run several times in turn; medians count.
"""

import imaplib
import json
import os
import smtplib
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import mbsync
from benchmarks.mails import mixed
from tests.realservers import postgres
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers

COUNT = int(os.environ.get("BENCH_MESSAGES", "10000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
ANSWERED = [f"sent-{number}@acme.example" for number in range(50)]


def main() -> None:
    servers = MailServers()
    servers.start()
    try:
        user = servers.new_user()
        octets = _fill(servers, user)
        print(f"{COUNT} messages, {octets / 1e6:.0f} MB, IMAP over TLS on loopback, {ROUNDS} rounds")
        for database in ("sqlite", "postgresql"):
            _compare(servers, user, database)
    finally:
        servers.stop()


def _fill(servers: MailServers, user: MailUser) -> int:
    octets = 0
    with smtplib.LMTP(servers.host, servers.ports["lmtp"]) as connection:
        for raw in mixed(COUNT, to=user.address, answered=ANSWERED):
            octets += len(raw)
            connection.sendmail("bench@customers.example", [user.address], raw)
    return octets


def _compare(servers: MailServers, user: MailUser, database: str) -> None:
    downloads, syncs, takes = [], [], []
    for _ in range(ROUNDS):
        downloads.append(_download(servers, user))
        if mbsync.is_installed():
            syncs.append(mbsync.seconds(servers, user, fsync=True))
        takes.append(_take_in(servers, user, database))
    download = statistics.median(downloads)
    seconds = statistics.median(float(one["seconds"]) for one in takes)
    peak = max(int(one["peak_rss_mb"]) for one in takes)
    last = takes[-1]
    print(f"\n{database}: {COUNT / seconds:.0f} messages/s (median {seconds:.1f} s), peak {peak} MB")
    print(f"  bare download in the same run: {COUNT / download:.0f} messages/s; ratio {download / seconds:.3f}")
    if syncs:
        sync = statistics.median(syncs)
        print(f"  mbsync with fsync in the same run: {COUNT / sync:.0f} messages/s; ratio {sync / seconds:.3f}")
    print(f"  polling and storing {last['polling_seconds']:.1f} s; CPU {last['cpu_seconds']:.1f} s")
    print(f"  stored {last['messages']}, matched {last['matched']}, conversations {last['conversations']}")
    print(f"  RSS along the way, MB: {last['rss_mb']}")
    _print_profile(_take_in(servers, user, database, is_profiled=True)["shares"])


def _print_profile(shares: dict[str, float]) -> None:
    print("  where the time goes (one more run under a profiler, which makes Python look dearer than it is):")
    for share, seconds in shares.items():
        print(f"    {seconds / sum(shares.values()):5.1%}  {share}")


def _download(servers: MailServers, user: MailUser) -> float:
    began = time.monotonic()
    context = ssl.create_default_context(cafile=servers.ca_file)
    with imaplib.IMAP4_SSL("localhost", servers.ports["imaps"], ssl_context=context) as connection:
        connection.login(user.address, user.password)
        connection.select("INBOX", readonly=True)
        for first in range(1, COUNT + 1, 50):
            connection.fetch(f"{first}:{min(first + 49, COUNT)}", "(UID BODY.PEEK[])")
    return time.monotonic() - began


def _take_in(servers: MailServers, user: MailUser, database: str, *, is_profiled: bool = False) -> dict[str, Any]:
    port = servers.ports["imaps"]
    order = {
        "address": user.address,
        "password": user.password,
        "port": port,
        "count": COUNT,
        "answered": ANSWERED,
        "is_profiled": is_profiled,
    }
    with tempfile.TemporaryDirectory(prefix="mailhub-bench-") as directory:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "STORAGE_URL": f"file://{directory}/storage",
            "EGRESS_ALLOW": f"127.0.0.1:{port},[::1]:{port}",
            "MAILHUB_EXTRA_CA_FILE": servers.ca_file,
        }
        if database == "sqlite":
            return _run(order, {**environment, "DATABASE_URL": f"sqlite:///{directory}/bench.sqlite3"})
        cluster = postgres.Postgres()
        cluster.start()
        try:
            return _run(order, {**environment, "DATABASE_URL": cluster.url})
        finally:
            cluster.stop()


def _run(order: dict[str, object], environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).with_name("ingest_worker.py")), json.dumps(order)]
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
