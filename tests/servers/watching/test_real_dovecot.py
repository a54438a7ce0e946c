"""Watching on a real Dovecot: deliveries, restarts, killed watchers, and several of them side by side."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from mailboxes.tasks import poll_due
from mailhub import clock
from mailhub.tenancy.models import Tenant
from mailhub.tenancy.scope import tenant_scope, unscoped
from servers.endpoints import Security
from servers.models import IncomingServer
from tests.factories import make_tenant
from tests.realservers.directory import MailUser
from tests.realservers.mail import MailServers
from tests.reliability.workers import ROOT, environment
from tests.servers.watching.watched import FakeBells, make_watchable, row_of, wait_until, watching

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("allow_egress")]

MAIL = b"Subject: News\r\n\r\nSomething happened.\r\n"


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def user(mail_servers: MailServers) -> MailUser:
    return mail_servers.new_user()


def watchable(
    tenant: Tenant, mail_servers: MailServers, user: MailUser, security: Security = Security.TLS
) -> IncomingServer:
    port = mail_servers.ports["imaps" if security == Security.TLS else "imap"]
    return make_watchable(
        tenant, port, host="localhost", security=security, username=user.address, password=user.password
    )


@pytest.mark.parametrize("security", Security)
def test_a_delivery_is_noticed_at_once(
    mail_servers: MailServers, tenant: Tenant, user: MailUser, security: Security
) -> None:
    server = watchable(tenant, mail_servers, user, security)
    bells = FakeBells()

    with watching(bells):
        bells.wait_for(server, count=1)
        mail_servers.deliver(user.address, MAIL)
        bells.wait_for(server, count=2, seconds=2)
        mail_servers.deliver(user.address, MAIL)
        bells.wait_for(server, count=3, seconds=2)


def test_a_server_that_was_restarted_is_watched_again_and_polled_for_what_came_meanwhile(
    tenant: Tenant, settings: Settings
) -> None:
    servers = MailServers()
    servers.start()
    settings.EGRESS_ALLOW = [f"{address}:{servers.ports['imaps']}" for address in ("127.0.0.1", "[::1]")]
    settings.MAILHUB_EXTRA_CA_FILE = servers.ca_file
    try:
        user = servers.new_user()
        server = watchable(tenant, servers, user)
        bells = FakeBells()
        with watching(bells) as watcher:
            bells.wait_for(server, count=1)
            servers.stop_imap()
            wait_until(lambda: row_of(server).watch_failure_count > 0)
            had_lost_it = watcher.connection_count == 0
            servers.start_imap()
            servers.deliver(user.address, MAIL)
            bells.wait_for(server, count=2, seconds=30)
            servers.deliver(user.address, MAIL)
            bells.wait_for(server, count=3)
    finally:
        servers.stop()

    assert had_lost_it


def test_a_server_that_is_switched_off_has_no_session_any_more(
    mail_servers: MailServers, tenant: Tenant, user: MailUser
) -> None:
    server = watchable(tenant, mail_servers, user)
    bells = FakeBells()

    with watching(bells) as watcher:
        bells.wait_for(server, count=1)
        with tenant_scope(tenant.pk):
            IncomingServer.objects.filter(pk=server.pk).update(is_active=False)
        wait_until(lambda: watcher.connection_count == 0)
        mail_servers.deliver(user.address, MAIL)
        mail_servers.wait_for_messages(user.address, count=1)

    assert bells.count(server) == 1


class WatcherProcess:
    """`manage.py watch_mailboxes` as an operator runs it."""

    def __init__(self, database_url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "watch_mailboxes", "--connections=100"],
            env={**environment(database_url), "LOG_LEVEL": "INFO"},
        )

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """Ask it to end and return its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)


@pytest.fixture
def processes(file_database: str) -> Iterator[list[WatcherProcess]]:
    started: list[WatcherProcess] = []
    yield started
    for process in started:
        process.kill()


def watch_count() -> int:
    with unscoped("a test looks"):
        live = IncomingServer.objects.filter(watch_lease_until__gt=Now(), watched_since__isnull=False)
        return int(live.count())


def test_a_killed_watcher_is_succeeded_when_its_lease_ends_and_polling_goes_on(
    mail_servers: MailServers, tenant: Tenant, user: MailUser, file_database: str, processes: list[WatcherProcess]
) -> None:
    server = watchable(tenant, mail_servers, user)
    processes.append(WatcherProcess(file_database))
    wait_until(lambda: watch_count() == 1, seconds=60)
    first_token = row_of(server).watch_token

    processes[0].kill()
    with unscoped("a minute passes without the watcher"):
        IncomingServer.objects.update(
            watch_lease_until=Now() - timedelta(seconds=1),
            last_polled_at=clock.now() - timedelta(minutes=1),
            next_poll_at=clock.now() + timedelta(minutes=4),
            poll_lease_until=None,
        )
    poll_due()
    polled = row_of(server)
    bells = FakeBells()
    with watching(bells):
        bells.wait_for(server, count=1)
        second_token = row_of(server).watch_token
        mail_servers.deliver(user.address, MAIL)
        bells.wait_for(server, count=2)

    assert not polled.is_watched
    assert polled.poll_lease_until is not None
    assert second_token not in (None, first_token)


def test_a_watcher_that_is_asked_to_stop_gives_its_servers_back(
    mail_servers: MailServers, tenant: Tenant, user: MailUser, file_database: str, processes: list[WatcherProcess]
) -> None:
    server = watchable(tenant, mail_servers, user)
    processes.append(WatcherProcess(file_database))
    wait_until(lambda: watch_count() == 1, seconds=60)

    status = processes[0].terminate()

    row = row_of(server)
    assert status == 0
    assert (row.watch_token, row.watch_lease_until, row.watched_since) == (None, None, None)


def test_two_watchers_share_forty_servers_and_none_is_held_twice(mail_servers: MailServers, tenant: Tenant) -> None:
    users = [mail_servers.new_user() for _ in range(40)]
    servers = [watchable(tenant, mail_servers, user) for user in users]
    both = FakeBells(), FakeBells()

    def heard(server: IncomingServer) -> int:
        return sum(bells.count(server) for bells in both)

    with ExitStack() as stack:
        first = stack.enter_context(watching(both[0]))
        wait_until(lambda: first.connection_count == 40, seconds=30)
        second = stack.enter_context(watching(both[1]))
        wait_until(lambda: (first.connection_count, second.connection_count) == (20, 20), seconds=30)
        wait_until(lambda: watch_count() == 40)
        # Once for each connection: forty of the first watcher, twenty that went over to the second.
        wait_until(lambda: sum(heard(server) for server in servers) == 60)
        before = {server.pk: heard(server) for server in servers}
        for user in users:
            mail_servers.deliver(user.address, MAIL)
        wait_until(lambda: all(heard(server) > before[server.pk] for server in servers), seconds=30)
        news = [heard(server) - before[server.pk] for server in servers]

    assert news == [1] * 40
