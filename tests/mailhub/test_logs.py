"""What reaches the log, and how many lines it takes."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from mailhub import clock
from mailhub.logs import logging_config
from mailhub.pulse import heartbeat
from tests.factories import make_cast, signed_in


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the plain log for people gets."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logging_config(level="INFO", human=True)
    written = io.StringIO()
    for handler in root.handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def test_traceback_shows_no_local_variables(log: io.StringIO) -> None:
    try:
        secret = "pw-CANARY-" + "9f2c"
        raise ValueError(len(secret))
    except ValueError:
        logging.getLogger("mailhub").exception("Broken.")

    assert "ValueError: 14" in log.getvalue()
    assert "pw-CANARY-9f2c" not in log.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/settings/account/", "/nowhere/"])
def test_refused_page_is_one_line(log: io.StringIO, path: str) -> None:
    cast = make_cast()

    signed_in(cast.member).get(path)

    [line] = log.getvalue().splitlines()
    assert path in line


@pytest.mark.django_db
def test_health_check_writes_of_changes_only(
    log: io.StringIO, client: Client, settings: Settings, redis_url: str, tmp_path: Path
) -> None:
    settings.BROKER_URL, settings.STORAGE_ROOT = redis_url, tmp_path
    heartbeats = clock.now()
    for name in heartbeat.REQUIRED:
        heartbeat.beat(name, heartbeats)
    client.get("/healthz")
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    log.truncate(0)

    for _ in range(3):
        client.get("/healthz")
    settings.BROKER_URL = redis_url
    client.get("/healthz")

    assert [line.count("broker") for line in log.getvalue().splitlines()] == [1, 1]
