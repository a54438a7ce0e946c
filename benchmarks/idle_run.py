"""One run of the IDLE benchmark: mailboxes on a Dovecot, a watcher, a worker, and what they take."""

import os
import random
import smtplib
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db.models.functions import Now  # noqa: E402

from mailboxes.models import Message  # noqa: E402
from mailhub import clock  # noqa: E402
from mailhub.tenancy.scope import unscoped  # noqa: E402
from servers.models import IncomingServer  # noqa: E402
from tests.factories import make_incoming, make_mailbox, make_tenant  # noqa: E402
from tests.realservers.directory import MailUser  # noqa: E402
from tests.realservers.mail import MailServers  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
DELIVERIES = 100
IDLE_SECONDS = 60
_FEW = 50
_TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A part of mailhub, and what it takes."""

    def __init__(self, *command: str, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen([sys.executable, *command], env=environment, stdout=output, stderr=output)

    @property
    def rss_kb(self) -> float:
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def stop(self) -> float:
        """End it; return the seconds that took, or 0 when it had ended."""
        if self._process.poll() is not None:
            return 0.0
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(60)
        return time.monotonic() - began


class BareClient:
    """The anchor: one connection that idles in a thread and does nothing else."""

    def __init__(self, servers: MailServers, user: MailUser) -> None:
        context = ssl.create_default_context(cafile=servers.ca_file)
        plain = socket.create_connection(("127.0.0.1", servers.ports["imaps"]))
        self._sock = context.wrap_socket(plain, server_hostname="localhost")
        self._sock.settimeout(30)
        self._wait_for(b"* OK")
        for number, command in enumerate((f"LOGIN {user.address} {user.password}", "EXAMINE INBOX")):
            self._sock.sendall(f"{number} {command}\r\n".encode())
            self._wait_for(f"{number} OK".encode())
        self._sock.sendall(b"9 IDLE\r\n")
        self._wait_for(b"+")
        self._noticed_at = 0.0
        self._thread = threading.Thread(target=self._notice)
        self._thread.start()

    def close(self) -> float:
        """Wait for the news and end; return when it came."""
        self._thread.join()
        self._sock.close()
        return self._noticed_at

    def _notice(self) -> None:
        self._wait_for(b"EXISTS")
        self._noticed_at = time.monotonic()

    def _wait_for(self, words: bytes) -> None:
        heard = b""
        while words not in heard:
            heard += self._sock.recv(4096)


@dataclass
class Office:
    """Mailboxes of one tenant, one for each user of the mail server."""

    servers: MailServers
    users: list[MailUser]
    environment: dict[str, str]
    directory: Path

    def watcher(self) -> Process:
        command = ("manage.py", "watch_mailboxes", f"--connections={len(self.users)}")
        return Process(*command, environment=self.environment, log=self.directory / "watcher.log")

    def worker(self) -> Process:
        options = ("-Q", "poll,deliver,receive,default,events", "--pool", "threads", "--concurrency", "32")
        command = ("-m", "celery", "-A", "mailhub.celery", "worker", *options)
        return Process(*command, environment=self.environment, log=self.directory / "worker.log")


def main() -> None:
    count, directory = int(sys.argv[1]), Path(sys.argv[2])
    call_command("migrate", verbosity=0)
    servers = MailServers(process_limit=count + 500)
    servers.start()
    try:
        with unscoped("a benchmark measures everything"):
            _measure(_open_office(servers, count, directory))
    finally:
        servers.stop()


def _open_office(servers: MailServers, count: int, directory: Path) -> Office:
    tenant, users = make_tenant(), [servers.new_user() for _ in range(count)]
    port = servers.ports["imaps"]
    for user in users:
        mailbox = make_mailbox(tenant, address=user.address)
        account = {"host": "localhost", "port": port, "username": user.address, "password": user.password}
        make_incoming(mailbox, **account, last_success_at=clock.now(), read_sent=False)
    IncomingServer.objects.update(
        watch_not_before=Now() + timedelta(days=1), next_poll_at=clock.now() + timedelta(hours=1)
    )
    allowed = f"127.0.0.1:{port},[::1]:{port}"
    environment = {**os.environ, "EGRESS_ALLOW": allowed, "MAILHUB_EXTRA_CA_FILE": servers.ca_file}
    return Office(servers, users, {**environment, "LOG_LEVEL": "INFO"}, directory)


def _measure(office: Office) -> None:
    count = len(office.users)
    worker, watcher = office.worker(), office.watcher()
    try:
        # With a few connections everything is there that one needs and thousands share.
        _watch(office.users[:_FEW])
        few = watcher.rss_kb
        began = time.monotonic()
        _watch(office.users)
        print(
            f"\n{count} connections over TLS in one watcher: watched after {time.monotonic() - began:.0f} s", end=", "
        )
        _wait_until(lambda: not _is_polling(), seconds=1200)
        print(f"and each polled once after {time.monotonic() - began:.0f} s")
        each = (watcher.rss_kb - few) / (count - _FEW)
        print(f"  memory: {watcher.rss_kb / 1024:.0f} MB, {each:.1f} KB for each connection beyond the first {_FEW}")
        _measure_idling(watcher, count)
        _measure_deliveries(office)
        _measure_return(office, watcher)
        print(f"  stopped in {watcher.stop():.1f} s; leases left: {_leased_count()}")
    finally:
        watcher.stop()
        worker.stop()


def _watch(users: list[MailUser]) -> None:
    """Have these watched, and wait for it."""
    IncomingServer.objects.filter(username__in=[user.address for user in users]).update(watch_not_before=None)
    _wait_until(lambda: _watched_count() == len(users), seconds=1200)


def _measure_idling(watcher: Process, count: int) -> None:
    cpu = watcher.cpu_seconds
    time.sleep(IDLE_SECONDS)
    percent = (watcher.cpu_seconds - cpu) / IDLE_SECONDS * 100
    print(f"  idle for {IDLE_SECONDS} s: {percent:.2f} % of a core, {percent / count * 1000:.2f} % for 1,000")


def _measure_deliveries(office: Office) -> None:
    bare, stored = [], []
    for user in random.sample(office.users, min(DELIVERIES, len(office.users))):
        client = BareClient(office.servers, user)
        # A session that has just begun is told of mail sooner than one that idles for a while.
        time.sleep(0.5)
        delivered = _deliver(office.servers, user)
        stored.append(_wait_until_stored(user) - delivered)
        bare.append(client.close() - delivered)
    print(f"  {len(bare)} deliveries, from the mail server's OK:")
    print(f"    to the bare client's notice:   {_spread(bare)}")
    print(f"    to the message, committed:     {_spread(stored)}")
    print(f"    the second behind the first:   {_spread([ours - its for ours, its in zip(stored, bare, strict=True)])}")


def _measure_return(office: Office, watcher: Process) -> None:
    cpu = watcher.cpu_seconds
    office.servers.stop_imap()
    _wait_until(lambda: _watched_count() == 0, seconds=120)
    office.servers.start_imap()
    began = time.monotonic()
    _wait_until(lambda: _watched_count() == len(office.users), seconds=1800)
    seconds = time.monotonic() - began
    print(f"  mail server restarted: all are watched again after {seconds:.0f} s", end="; ")
    print(f"the watcher took {watcher.cpu_seconds - cpu:.0f} s of processor, {watcher.rss_kb / 1024:.0f} MB afterwards")


def _deliver(servers: MailServers, user: MailUser) -> float:
    raw = f"Subject: News\r\nMessage-ID: <{time.monotonic_ns()}@bench.example>\r\n\r\nSomething happened.\r\n"
    with smtplib.LMTP(servers.host, servers.ports["lmtp"]) as connection:
        connection.sendmail("sender@bench.example", [user.address], raw.encode())
        return time.monotonic()


def _wait_until_stored(user: MailUser) -> float:
    messages = Message.objects.filter(mailbox__address=user.address)
    _wait_until(messages.exists, seconds=120, pause=0.004)
    return time.monotonic()


def _wait_until(is_so: Callable[[], bool], *, seconds: float, pause: float = 0.2) -> None:
    ends_at = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends_at:
            raise TimeoutError("It takes too long.")
        time.sleep(pause)


def _watched_count() -> int:
    live = IncomingServer.objects.filter(watched_since__isnull=False, watch_lease_until__gt=Now())
    return int(live.count())


def _leased_count() -> int:
    return int(IncomingServer.objects.exclude(watch_token=None).count())


def _is_polling() -> bool:
    due = IncomingServer.objects.filter(next_poll_at__lte=clock.now()).exists()
    return due or IncomingServer.objects.exclude(poll_token=None).exists()


def _spread(seconds: list[float]) -> str:
    ordered = sorted(one * 1000 for one in seconds)
    p95, p99 = (ordered[min(int(len(ordered) * part), len(ordered) - 1)] for part in (0.95, 0.99))
    return f"median {statistics.median(ordered):.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms"


main()
