"""The fixtures that all tests share."""

import os
import socket
import subprocess
import sys

import pytest
import redis
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_socket import SocketConnectBlockedError

from tests.realservers.mail import MailServers


def test_redis_answers(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)

    client.set("key", "value")

    assert client.get("key") == b"value"


def test_egress_is_opened_for_each_test_server_and_nothing_else(
    mail_servers: MailServers, allow_egress: None, settings: Settings
) -> None:
    loopback = {f"127.0.0.1:{port}" for port in mail_servers.ports.values()}

    assert loopback <= set(settings.EGRESS_ALLOW)
    assert {entry.rpartition(":")[0] for entry in settings.EGRESS_ALLOW} <= {"127.0.0.1", "[::1]"}
    assert mail_servers.ca_file == settings.MAILHUB_EXTRA_CA_FILE


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_connection_to_the_outside_is_blocked() -> None:
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 25), timeout=1)


def test_the_browser_shows_a_page_and_reaches_no_other_host(page: Page) -> None:
    page.set_content("<h1>Inbox</h1><img src='http://elsewhere.example/pixel.gif'>")

    assert page.inner_text("h1") == "Inbox"
    assert page.evaluate("document.images[0].naturalWidth") == 0


def test_another_process_sees_what_a_test_committed(file_database: str) -> None:
    ContentType.objects.create(app_label="tests", model="committed")

    program = (
        "import django; django.setup()\n"
        "from django.contrib.contenttypes.models import ContentType\n"
        "print(ContentType.objects.filter(app_label='tests', model='committed').count())"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "DATABASE_URL": file_database},
    )

    assert seen.stdout.strip() == "1"
