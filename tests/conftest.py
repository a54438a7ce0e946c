"""Fixtures that every test may ask for: real servers, egress to them, and a database that other processes can open."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.db import connection
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from playwright.sync_api import expect
from pytest_django import Settings

from billing.models import Issuer, Plan
from mailhub.tenancy import sealing
from tests.realservers import certificates, chromium
from tests.realservers.directory import Directory
from tests.realservers.mail import MailServers
from tests.realservers.missing import require
from tests.realservers.programs import is_root
from tests.realservers.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer
from tests.realservers.valkey import Valkey


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out what asks no database, and what looks at pages in a browser: it is the same on every database",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    left_out = [item for item in items if not _asks_database(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _asks_database(item)]


@pytest.fixture(autouse=True)
def forget_data_keys() -> None:
    """Tests roll back and so give one number to several tenants; a data key is remembered by number."""
    sealing.forget_keys()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test that drives no browser run loops of its own, and so what is set up for it.

    Playwright's loop stays marked as running in this thread, suspended, until the last test of the process. Where one
    runs, Django's connection is another one: what a module keeps in an open transaction would not be found.
    """
    loop = None if "playwright" in getattr(item, "fixturenames", ()) else asyncio._get_running_loop()
    if loop is None:
        return (yield)
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


@receiver(post_migrate)
def ship_plans_again(sender: AppConfig, **_kwargs: Any) -> None:
    """A test with real commits empties every table when it is over, those too which a migration fills."""
    if sender.label == "billing" and not Plan.objects.exists():
        import_module("billing.migrations.0002_shipped_plans").ship_plans(apps, None)
    if sender.label == "billing" and not Issuer.objects.exists():
        import_module("billing.migrations.0004_first_months").ship_issuer(apps, None)


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    """Running Dovecot (IMAP, POP3, LMTP) and a submission server, without any user at first."""
    require("dovecot")
    if is_root():
        require("postfix")
    servers = MailServers()
    servers.start()
    yield servers
    servers.stop()


@pytest.fixture
def allow_egress(mail_servers: MailServers, settings: Settings) -> None:
    """Let egress control through to exactly the test mail servers, and trust their certificate authority."""
    addresses = {"127.0.0.1", *_addresses_of("localhost")}
    hosts = [f"[{address}]" if ":" in address else address for address in sorted(addresses)]
    settings.EGRESS_ALLOW = [f"{host}:{port}" for host in hosts for port in mail_servers.ports.values()]
    settings.MAILHUB_EXTRA_CA_FILE = mail_servers.ca_file


@pytest.fixture
def token_server(tmp_path: Path, settings: Settings) -> Iterator[TokenServer]:
    """An authorization server that Gmail and Office365 are asked at, with the operator's clients registered there."""
    server = TokenServer(certificates.issue(tmp_path), Directory())
    yield from _asked_at(server, settings)


@pytest.fixture
def mail_token_server(mail_servers: MailServers, allow_egress: None, settings: Settings) -> Iterator[TokenServer]:
    """The same, and the test mail servers accept its access tokens."""
    yield from _asked_at(mail_servers.new_token_server(), settings)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of an empty Redis (or Valkey) server."""
    server = Valkey()
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Have Playwright start Debian's Chromium instead of a browser of its own."""
    require("chromium")
    # Playwright's event loop runs in the thread of the test, where Django would refuse every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # As patient as with navigation: how fast a busy machine is, is not what is asked.
    expect.set_options(timeout=30_000)
    arguments = chromium.launch_arguments()
    flags = [*browser_type_launch_args.get("args", ()), *arguments.args]
    return {**browser_type_launch_args, "executable_path": arguments.executable_path, "args": flags}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Keep the SQLite test database in a file, so that threads and other processes see what a test committed."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"] != "django.db.backends.sqlite3":
        yield
        return
    directory = Path(tempfile.mkdtemp(prefix="mailhub-database-", dir=_memory_file_system()))
    connection.settings_dict["TEST"]["NAME"] = str(directory / "test.sqlite3")
    yield
    shutil.rmtree(directory)


@pytest.fixture
def file_database(transactional_db: None) -> str:
    """The address of the test database, for the DATABASE_URL of another process."""
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    return f"postgres://{values['USER']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


def _asks_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    has_database = item.get_closest_marker("django_db") is not None or bool(fixtures & _DATABASE_FIXTURES)
    return has_database and "playwright" not in fixtures


def _asked_at(server: TokenServer, settings: Settings) -> Iterator[TokenServer]:
    settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"127.0.0.1:{server.port}"]
    settings.MAILHUB_EXTRA_CA_FILE = server.ca_file
    settings.OAUTH_ENDPOINTS = server.endpoints
    for provider in ("GOOGLE", "MICROSOFT"):
        setattr(settings, f"OAUTH_{provider}_CLIENT_ID", CLIENT_ID)
        setattr(settings, f"OAUTH_{provider}_CLIENT_SECRET", CLIENT_SECRET)
    server.start()
    yield server
    server.stop()


def _addresses_of(name: str) -> set[str]:
    return {str(found[4][0]) for found in socket.getaddrinfo(name, None)}


def _memory_file_system() -> str | None:
    """Return where waiting for the disk costs nothing; None for the ordinary temporary directory."""
    shared_memory = Path("/dev/shm")
    return str(shared_memory) if os.access(shared_memory, os.W_OK) else None


_DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
