"""Whether the parts of the installation are up. What is wrong with one goes to the log, not to the public answer."""

import logging
import os
import tempfile
from collections.abc import Callable
from datetime import datetime

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from mailhub.pulse import heartbeat

log = logging.getLogger(__name__)

UP, DOWN = "ok", "down"
_SECONDS = 2

# What each part was when this process looked last. A probe asks every few seconds; the log hears of changes only.
_last_states: dict[str, str] = {}


class PartDown(Exception):
    """A part does not do its work, in words for the operator."""


def check_parts(*, now: datetime) -> dict[str, str]:
    """Return `UP` or `DOWN` for database, broker, storage and worker."""
    checks: dict[str, Callable[[], None]] = {
        "database": _check_database,
        "broker": _check_broker,
        "storage": _check_storage,
        "worker": lambda: _check_worker(now),
    }
    return {name: _state(name, check) for name, check in checks.items()}


def _state(name: str, check: Callable[[], None]) -> str:
    was_up = _last_states.get(name, UP) == UP
    try:
        check()
    except (PartDown, DatabaseError, redis.RedisError, OSError) as error:
        if was_up:
            log.warning("The %s is down: %s", name, error)
        _last_states[name] = DOWN
        return DOWN
    if not was_up:
        log.info("The %s is up again.", name)
    _last_states[name] = UP
    return UP


def _check_database() -> None:
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [_SECONDS * 1000])
        cursor.execute("SELECT 1")


def _check_broker() -> None:
    with redis.Redis.from_url(settings.BROKER_URL, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS) as client:
        client.ping()


def _check_storage() -> None:
    settings.STORAGE_ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.STORAGE_ROOT) as probe:
        probe.write(b"healthz")
        probe.flush()
        os.fsync(probe.fileno())


def _check_worker(now: datetime) -> None:
    silent = heartbeat.silent(now)
    if silent:
        raise PartDown(f"nothing was heard of {', '.join(silent)} for {heartbeat.SILENCE.seconds} seconds")
