"""Servers of one tenant that drip, flood and never answer do not keep another tenant's mail from coming (SECURITY TC6).

Real threads poll as the workers do: a pool of few, fed by what `claim_due` leases.
"""

import threading
import time
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.db import connection
from pytest_django import Settings

from mailboxes import polling
from mailboxes.models import Message
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.endpoints import Protocol, Security
from servers.models import IncomingServer
from tests.factories import make_incoming, make_mailbox, make_tenant
from tests.reliability.maildrops import ImapMaildrop
from tests.reliability.office import numbered_mail
from tests.servers.scripted import Conversation, Script, scripted_server

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 5
# A fifth of the pool.
PER_TENANT = 1
SECONDS = 20.0


def _silence(conversation: Conversation) -> None:
    conversation.hear_until_end()


def _drip(conversation: Conversation) -> None:
    while True:
        conversation.send(b"*")
        time.sleep(0.1)


def _flood(conversation: Conversation) -> None:
    conversation.say("* OK ready")
    while True:
        conversation.send(b"* OK still here\r\n" * 1000)


class Pool:
    """Workers that poll what is due, as long as it runs; the clock ticks ten times a second."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(THREADS)
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._running: Counter[int] = Counter()
        self.most_running: Counter[int] = Counter()
        self._polls: list[Future[None]] = []

    def run_until(self, is_done: threading.Event) -> None:
        ends_at = time.monotonic() + SECONDS
        while not is_done.is_set() and time.monotonic() < ends_at:
            with unscoped("the clock leases servers of every tenant"):
                claimed = IncomingServer.objects.claim_due(clock.now())
            for server in claimed:
                assert server.poll_token is not None
                self._polls.append(self._executor.submit(self._poll, server.tenant_id, server.pk, server.poll_token))
            time.sleep(0.1)

    def stop(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        for poll in self._polls:
            if not poll.cancelled():
                poll.result()

    def _poll(self, tenant_id: int, server_id: uuid.UUID, token: uuid.UUID) -> None:
        self._count(tenant_id, 1)
        try:
            with tenant_scope(tenant_id):
                polling.poll(server_id, token, now=clock.now, stored=lambda _mailbox: None)
        finally:
            self._count(tenant_id, -1)
            connection.close()

    def _count(self, tenant_id: int, change: int) -> None:
        with self._lock:
            self._running[tenant_id] += change
            self.most_running[tenant_id] = max(self.most_running[tenant_id], self._running[tenant_id])


def _connect(tenant: Tenant, port: int) -> IncomingServer:
    return make_incoming(
        make_mailbox(tenant), protocol=Protocol.IMAP, host="127.0.0.1", port=port, security=Security.NONE
    )


def test_mail_of_another_tenant_comes_while_hostile_servers_are_polled(settings: Settings) -> None:
    settings.POLLS_PER_TENANT = PER_TENANT
    hostile, quiet = make_tenant("Hostile"), make_tenant("Quiet")
    maildrop = ImapMaildrop(raws=[numbered_mail(number) for number in range(1, 6)])
    scripts: list[Script] = [_silence, _drip, _flood] * 3
    everything_is_here = threading.Event()

    def watch() -> None:
        with tenant_scope(quiet.pk):
            ends_at = time.monotonic() + SECONDS
            while time.monotonic() < ends_at and Message.objects.count() < 5:
                time.sleep(0.1)
        connection.close()
        everything_is_here.set()

    pool = Pool()
    with ExitStack() as stack:
        # They wait longest, so without turns they would have the whole pool.
        for script in scripts:
            _connect(hostile, stack.enter_context(scripted_server(script, settings)).port)
        _connect(quiet, stack.enter_context(scripted_server(maildrop.script(), settings)).port)
        watcher = threading.Thread(target=watch)
        watcher.start()
        pool.run_until(everything_is_here)
        watcher.join()
    # Their connections are closed by now, so the polls end at once.
    pool.stop()

    with tenant_scope(quiet.pk):
        assert Message.objects.count() == 5
        server = IncomingServer.objects.get()
        assert (server.failure_count, server.last_success_at is not None) == (0, True)
    assert pool.most_running[hostile.pk] == PER_TENANT
